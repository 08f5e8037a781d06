-- The phases `held` and `failed` of deliveries stand here in letters: partial indexes of the table need them.

-- name: open
insert into issues (firm_id, kind, key, message)
values (%(firm_id)s, %(kind)s, %(key)s, %(message)s)
on conflict (firm_id, kind, key) where resolved_at is null do update
set message = excluded.message, last_seen_at = statement_timestamp(), times = issues.times + 1
returning times

-- name: resolve
update issues
set resolved_at = statement_timestamp()
where firm_id = %(firm_id)s and kind = %(kind)s and resolved_at is null
  and (%(key)s::text is null or key = %(key)s)

-- part: resolve_what_settled
-- Each issue asks two indexes whether anything is left. `offset 0` keeps the planner from reading all that is held
-- or failed instead. In order of the rows and without waiting: whoever counts one up has it, and with it deliveries,
-- in hand.
settled as materialized (
    select issues.issue_id
    from issues
    join looked_at using (issue_id)
    where resolved_at is null
      and not exists (
          select
          from deliveries
          where deliveries.firm_id = looked_at.firm_id and deliveries.phase = looked_at.phase
            and deliveries.phase in ('held', 'failed') and deliveries.reason = looked_at.key
          offset 0
      )
      and not exists (
          select
          from deliveries
          where deliveries.firm_id = looked_at.firm_id and deliveries.probe_of = looked_at.key
          offset 0
      )
    order by issues.issue_id
    for update of issues skip locked
), resolved as (
    update issues
    set resolved_at = statement_timestamp()
    where issue_id = any (array(select issue_id from settled))
    returning issue_id
)
select (select count(*) from resolved),
       (select max(issue_id) from looked_at having count(*) = %(limit)s)

-- name: resolve_settled
-- The kinds stand here in letters: a partial index is on them.
with looked_at as materialized (
    select issue_id, firm_id, key, case kind when 'delivery_held' then 'held' else 'failed' end as phase
    from issues
    where resolved_at is null and kind in ('delivery_held', 'delivery_failed') and issue_id > %(after)s
    order by issue_id
    limit %(limit)s
), {resolve_what_settled}

-- name: resolve_settled_of_firm
with looked_at as materialized (
    select issue_id, firm_id, key, case kind when 'delivery_held' then 'held' else 'failed' end as phase
    from issues
    where resolved_at is null and kind in ('delivery_held', 'delivery_failed') and issue_id > %(after)s
      and firm_id = %(firm_id)s
    order by issue_id
    limit %(limit)s
), {resolve_what_settled}

-- part: open_issues
select issues.firm_id, issues.kind, issues.key, message, opened_at, last_seen_at, times, muted.until, issue_id
    from issues
    left join lateral (
        select max(until) as until
        from issue_mutes
        where issue_mutes.firm_id = issues.firm_id and issue_mutes.kind = issues.kind
          and issue_mutes.key in ('', issues.key) and issue_mutes.until > statement_timestamp()
    ) as muted on true
    where resolved_at is null and issue_id > %(after)s and (%(with_muted)s or muted.until is null)

-- name: list_open
{open_issues}
order by issue_id
limit %(limit)s

-- name: list_open_of_firms
-- Each firm is asked through its own index, and for no more than a page.
select found.*
from unnest(%(firms)s::text[]) as wanted (firm_id)
cross join lateral (
    {open_issues}
      and issues.firm_id = wanted.firm_id
    order by issue_id
    limit %(limit)s
) as found
order by found.issue_id
limit %(limit)s

-- name: mute
insert into issue_mutes (firm_id, kind, key, until)
values (%(firm_id)s, %(kind)s, %(key)s, %(until)s)
on conflict (firm_id, kind, key) do update
set until = excluded.until

-- name: muted
select key from issue_mutes
where firm_id = %(firm_id)s and kind = %(kind)s and until > statement_timestamp()
order by key

-- name: unmute
delete from issue_mutes
where firm_id = %(firm_id)s and kind = %(kind)s and (%(key)s::text is null or key = %(key)s)
