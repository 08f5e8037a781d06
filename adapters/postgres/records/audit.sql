-- name: record
insert into audit_log (actor, role, actor_firm, firm_id, action, detail)
select %(actor)s, %(role)s, %(actor_firm)s, %(firm_id)s, %(action)s, %(detail)s
where not exists (
    select
    from firm_moves
    where firm_id = %(firm_id)s and state = any(%(away)s) and %(action)s <> all(%(may_be_done)s)
)

-- part: columns
at, actor, role, actor_firm, firm_id, action, detail, entry_id

-- name: list
select {columns}
from audit_log
where %(before)s::bigint is null or entry_id < %(before)s
order by entry_id desc
limit %(limit)s

-- name: list_of_firms
-- Each firm is asked through its own index, and for no more than a page.
select found.*
from unnest(%(firms)s::text[]) as wanted (firm_id)
cross join lateral (
    select {columns}
    from audit_log
    where audit_log.firm_id = wanted.firm_id and (%(before)s::bigint is null or entry_id < %(before)s)
    order by entry_id desc
    limit %(limit)s
) as found
order by found.entry_id desc
limit %(limit)s
