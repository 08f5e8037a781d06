-- part: columns
firm_id, state, by, at, digest, code, pause_until, pause_asked, pause_call, pause_by, pause_why

-- name: get
select {columns} from firm_moves where firm_id = %(firm_id)s

-- name: all
select {columns}
from firm_moves
where %(firms)s::text[] is null or firm_id = any(%(firms)s)
order by firm_id

-- name: away
select firm_id from firm_moves where firm_id = any(%(firm_ids)s) and state = any(%(states)s)

-- name: lock
select pg_advisory_xact_lock(%(class)s, hashtext(%(firm_id)s))

-- name: put
insert into firm_moves ({columns})
values (%(firm_id)s, %(state)s, %(by)s, %(at)s, %(digest)s, %(code)s, %(pause_until)s, %(pause_asked)s,
        %(pause_call)s, %(pause_by)s, %(pause_why)s)
on conflict (firm_id) do update
set state = excluded.state,
    by = excluded.by,
    at = excluded.at,
    digest = excluded.digest,
    code = excluded.code,
    pause_until = excluded.pause_until,
    pause_asked = excluded.pause_asked,
    pause_call = excluded.pause_call,
    pause_by = excluded.pause_by,
    pause_why = excluded.pause_why

-- name: forget
delete from firm_moves where firm_id = %(firm_id)s
