-- name: get
select name, role, firms, added_at, added_by
from people
where name = %(name)s and (%(within)s::text[] is null or firms <@ %(within)s)

-- name: list
select name, role, firms, added_at, added_by
from people
where %(within)s::text[] is null or firms <@ %(within)s
order by name

-- name: save
insert into people (name, role, firms, added_by)
values (%(name)s, %(role)s, %(firms)s, %(added_by)s)
on conflict (name) do update
set role = excluded.role, firms = excluded.firms, added_at = now(), added_by = excluded.added_by

-- name: remove
delete from people where name = %(name)s

-- name: remove_of_firm
delete from people where firms = array[%(firm_id)s::text] collate "C"

-- name: take_firm
update people set firms = array_remove(firms, %(firm_id)s) where %(firm_id)s = any(firms)
