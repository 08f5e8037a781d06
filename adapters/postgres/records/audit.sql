-- name: record
insert into audit_log (actor, role, actor_firm, firm_id, action, detail)
select %(actor)s, %(role)s, %(actor_firm)s, %(firm_id)s, %(action)s, %(detail)s
where not exists (
    select
    from firm_moves
    where firm_id = %(firm_id)s and state = any(%(away)s) and %(action)s <> all(%(may_be_done)s)
)

-- name: list
select at, actor, role, actor_firm, firm_id, action, detail, entry_id
from audit_log
where (%(firms)s::text[] is null or firm_id = any(%(firms)s))
  and (%(before)s::bigint is null or entry_id < %(before)s)
order by entry_id desc
limit %(limit)s
