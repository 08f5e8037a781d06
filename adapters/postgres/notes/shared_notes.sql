-- Kind and phase of deliveries, and the setting `two_way`, stand here in letters: partial indexes need them.

-- name: firms_due
select firm_id
from firms
where settings @> '{"two_way": true}' and connection = %(connected)s
  and (paused_until is null or paused_until <= statement_timestamp())
order by firm_id

-- name: forget
delete from two_way_firms
where firm_id in (
    select two_way_firms.firm_id
    from two_way_firms
    left join firms using (firm_id)
    where firms.firm_id is null or not firms.settings @> '{"two_way": true}'
    order by two_way_firms.firm_id
    for update of two_way_firms
)
returning firm_id

-- name: forget_cases
delete from watched_cases where firm_id = any(%(firm_ids)s)

-- name: begin
-- The firm's row first: slices of one firm take turns here, and all rows below are locked in this order.
insert into two_way_firms as firm (firm_id, since, watched_at)
values (%(firm_id)s, statement_timestamp(), statement_timestamp())
on conflict (firm_id) do update set watched_at = statement_timestamp()
returning watched_at

-- name: before
select watched_at from two_way_firms where firm_id = %(firm_id)s for update

-- name: add
insert into watched_cases (firm_id, case_integration_id, since)
select cases.firm_id, cases.integration_id, greatest(two_way_firms.since, cases.created_at)
from cases
join two_way_firms using (firm_id)
where cases.firm_id = %(firm_id)s and not cases.closed
  and not exists (
      select from watched_cases
      where watched_cases.firm_id = cases.firm_id
        and watched_cases.case_integration_id = cases.integration_id
  )
order by cases.integration_id
on conflict do nothing

-- name: close_and_reopen
with changed as materialized (
    select watched_cases.firm_id, watched_cases.case_integration_id, cases.closed, cases.updated_at
    from watched_cases
    join cases on cases.firm_id = watched_cases.firm_id
        and cases.integration_id = watched_cases.case_integration_id
    where watched_cases.firm_id = %(firm_id)s and watched_cases.is_closed <> cases.closed
    order by watched_cases.case_integration_id
    for no key update of watched_cases
)
update watched_cases
set is_closed = changed.closed,
    is_known = watched_cases.is_known and changed.closed,
    since = case when changed.closed then watched_cases.since
                 else greatest(watched_cases.since, changed.updated_at) end
from changed
where watched_cases.firm_id = changed.firm_id
  and watched_cases.case_integration_id = changed.case_integration_id

-- name: active_conversations
-- Where a message went lately, an answer is likely.
with lately as materialized (
    select case_integration_id, max(delivered_at) + %(active_for)s::interval as until
    from deliveries
    where firm_id = %(firm_id)s and kind = 'message-sent' and phase = 'done' and purged_at is null
      and delivered_at > coalesce(%(before)s::timestamptz, statement_timestamp() - %(active_for)s::interval)
                         - interval '10 minutes'
    group by case_integration_id
),
chosen as materialized (
    select watched_cases.firm_id, watched_cases.case_integration_id, lately.until
    from lately
    join watched_cases on watched_cases.firm_id = %(firm_id)s
        and watched_cases.case_integration_id = lately.case_integration_id
    where not is_closed and active_until is distinct from greatest(active_until, lately.until)
    order by watched_cases.case_integration_id
    for no key update of watched_cases
)
update watched_cases
set active_until = chosen.until
from chosen
where watched_cases.firm_id = chosen.firm_id
  and watched_cases.case_integration_id = chosen.case_integration_id

-- name: mark_active
with chosen as materialized (
    select firm_id, case_integration_id
    from watched_cases
    where firm_id = %(firm_id)s and case_integration_id = any(%(cases)s) and not is_closed
    order by case_integration_id
    for no key update
)
update watched_cases
set active_until = greatest(active_until, statement_timestamp() + %(for)s)
from chosen
where watched_cases.firm_id = chosen.firm_id
  and watched_cases.case_integration_id = chosen.case_integration_id

-- name: next
select case_integration_id, since, is_known
from watched_cases
where firm_id = %(firm_id)s and not is_closed
  and (read_at is null or read_at < statement_timestamp() - %(unread_for)s::interval)
order by read_at nulls first, case_integration_id
limit %(limit)s

-- name: next_active
select case_integration_id, since, is_known
from watched_cases
where firm_id = %(firm_id)s and not is_closed and active_until > statement_timestamp()
  and (read_at is null or read_at < statement_timestamp() - %(unread_for)s::interval)
order by read_at nulls first, case_integration_id
limit %(limit)s

-- name: mark_read
update watched_cases
set read_at = statement_timestamp(), is_known = is_known or %(is_known)s
where firm_id = %(firm_id)s and case_integration_id = %(case)s

-- name: ours
select note_id
from deliveries
where firm_id = %(firm_id)s and kind = 'message-sent' and note_id = any(%(note_ids)s)
union
-- What was delivered long ago has left its note's id in the inbox.
select stored_id
from inbox
where firm_id = %(firm_id)s and stored_id = any(%(note_ids)s) and stored_id is not null and kind = 'message-sent'

-- name: remember
-- A concurrent insert of the same note is waited for, so exactly one of two gets it back.
insert into seen_notes (firm_id, note_id, case_integration_id, announced)
select %(firm_id)s, note_id, %(case)s, %(announced)s
from unnest(%(note_ids)s::text[]) as note (note_id)
order by note_id collate "C"
on conflict (firm_id, note_id) do nothing
returning note_id

-- name: seen
select firm_id, note_id, case_integration_id, announced, seen_at
from seen_notes
where note_id = %(note_id)s and coalesce(firm_id = any(%(firms)s::text[]), true)
order by firm_id
limit %(limit)s
