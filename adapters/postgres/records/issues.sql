-- The phases `held` and `failed` of deliveries stand here in letters: partial indexes of the table need them.

-- name: open
insert into issues (firm_id, kind, key, message)
values (%(firm_id)s, %(kind)s, %(key)s, %(message)s)
on conflict (firm_id, kind, key) where resolved_at is null do update
set message = excluded.message, last_seen_at = statement_timestamp(), times = issues.times + 1

-- name: resolve
update issues
set resolved_at = statement_timestamp()
where firm_id = %(firm_id)s and kind = %(kind)s and resolved_at is null
  and (%(key)s::text is null or key = %(key)s)

-- name: resolve_settled
-- In order of the rows and without waiting: whoever counts one up has it, and with it deliveries, in hand.
with settled as materialized (
    select issue_id
    from issues
    where resolved_at is null and kind in (%(held)s, %(failed)s)
      and not exists (
          select
          from deliveries
          where deliveries.firm_id = issues.firm_id and deliveries.reason = issues.key
            and deliveries.phase = case issues.kind when %(held)s then 'held' else 'failed' end
            and deliveries.phase in ('held', 'failed')
      )
      and not exists (
          select
          from deliveries
          where deliveries.firm_id = issues.firm_id and deliveries.probe_of = issues.key
      )
    order by issue_id
    for update skip locked
)
update issues
set resolved_at = statement_timestamp()
from settled
where issues.issue_id = settled.issue_id

-- name: list_open
select issues.firm_id, issues.kind, issues.key, message, opened_at, last_seen_at, times, muted.until
from issues
left join lateral (
    select max(until) as until
    from issue_mutes
    where issue_mutes.firm_id = issues.firm_id and issue_mutes.kind = issues.kind
      and issue_mutes.key in ('', issues.key) and issue_mutes.until > statement_timestamp()
) as muted on true
where resolved_at is null and (%(firms)s::text[] is null or issues.firm_id = any(%(firms)s))
  and (%(with_muted)s or muted.until is null)
order by issue_id

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
