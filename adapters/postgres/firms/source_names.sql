-- name: forget
delete from smartadvocate_names where firm_id = %(firm_id)s

-- name: keep
insert into smartadvocate_names (firm_id, kind, name, within, cases)
select %(firm_id)s, kind, name, within, cases
from jsonb_to_recordset(%(rows)s::jsonb) as read (kind text, name text, within text, cases integer)

-- name: list
select kind, name, within, cases
from smartadvocate_names
where firm_id = %(firm_id)s
order by kind, name

-- name: read_at
select max(read_at) from smartadvocate_names where firm_id = %(firm_id)s
