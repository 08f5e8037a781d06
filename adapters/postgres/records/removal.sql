-- What has served its purpose goes, the oldest first. Each statement looks at a bounded number of rows from a place
-- on, and answers how many went, the place of the last it looked at, and whether nothing is left that is old enough.
-- Rows that somebody has in hand are passed over.
--
-- The phases of deliveries and `waiting` stand here in letters: partial indexes need them.

-- name: by_key
-- What is due is found by an index and the rest by its key, whatever the planner takes the numbers for.
select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)

-- name: begin
select pg_try_advisory_xact_lock(%(class)s, hashtext(%(name)s))

-- name: note
insert into removals as removal (name, reached_at, ended_at, removed)
values (
    %(name)s,
    case when %(is_over)s then statement_timestamp() - %(keep)s::interval else %(at)s::timestamptz end,
    case when %(is_over)s then statement_timestamp() end,
    %(number)s
)
on conflict (name) do update
set reached_at = greatest(removal.reached_at, excluded.reached_at),
    ended_at = coalesce(excluded.ended_at, removal.ended_at),
    removed = removal.removed + excluded.removed

-- name: states
select name, greatest(statement_timestamp() - kept.keep - reached_at, interval '0'), ended_at, removed
from removals
join unnest(%(names)s::text[], %(keeps)s::interval[]) as kept (name, keep) using (name)
order by name

-- part: told
coalesce((select count(*) from gone), 0), last.at, last.number, (select count(*) from looked_at) < %(limit)s
from (values (true)) as once
left join (select at, number from looked_at order by at desc, number desc limit 1) as last on true

-- part: no_issue_about_it
not exists (
      select
      from issues
      where issues.firm_id = looked_at.firm_id and resolved_at is null
        and issues.kind = any(%(about_deliveries)s)
        and issues.key in (looked_at.kind || ':' || looked_at.subject_id, looked_at.delivery_id::text,
                           looked_at.reason)
      offset 0  -- each by the key: many may be open
  )

-- part: remember_and_delete
going as materialized (
    select *
    from looked_at
    where {no_issue_about_it}
      and not exists (select from stray_ids where stray_ids.delivery_id = looked_at.delivery_id)
),
-- What is not remembered does not go.
remembered as (
    update inbox
    set event_id = null,
        source = null,
        delivery_id = going.delivery_id,
        case_integration_id = going.case_integration_id,
        state = going.state,
        ended_at = going.ended_at,
        stored_id = going.note_id
    from going
    where inbox.firm_id = going.firm_id and inbox.kind = going.kind and inbox.subject_id = going.subject_id
    returning going.delivery_id
),
tried as (
    delete from delivery_attempts
    where delivery_id = any (array(select delivery_id from remembered))
),
gone as (
    delete from deliveries
    where delivery_id = any (array(select delivery_id from remembered))
    returning delivery_id
)

-- name: delivered
with looked_at as materialized (
    select delivery_id, delivery_id as number, delivered_at as at, delivered_at as ended_at, firm_id, kind,
           subject_id, case_integration_id, state, reason, note_id
    from deliveries
    where phase = 'done' and purged_at is not null
      and delivered_at < statement_timestamp() - %(keep)s::interval
      and (delivered_at, delivery_id) > (%(at)s::timestamptz, %(number)s::bigint)
    order by delivered_at, delivery_id
    limit %(limit)s
    for update skip locked
), {remember_and_delete}
select {told}

-- name: failed
-- What failed is kept from its acceptance on. What is in doubt stays.
with looked_at as materialized (
    select delivery_id, delivery_id as number, created_at as at, firm_id, kind, subject_id, case_integration_id,
           state, reason, note_id,
           coalesce(
               (
                   select max(delivery_attempts.ended_at)
                   from delivery_attempts
                   where delivery_attempts.delivery_id = deliveries.delivery_id
               ),
               created_at
           ) as ended_at
    from deliveries
    where phase = 'failed' and purged_at is not null and doubtful_since is null
      and created_at < statement_timestamp() - %(keep)s::interval
      and (created_at, delivery_id) > (%(at)s::timestamptz, %(number)s::bigint)
    order by created_at, delivery_id
    limit %(limit)s
    for update skip locked
), {remember_and_delete}
select {told}

-- name: rejected_events
-- What still has its bytes can be replayed, and stays.
with looked_at as materialized (
    select id as number, received_at as at
    from rejected_events
    where body is null and received_at < statement_timestamp() - %(keep)s::interval
      and (received_at, id) > (%(at)s::timestamptz, %(number)s::bigint)
    order by received_at, id
    limit %(limit)s
    for update skip locked
),
gone as (
    delete from rejected_events where id = any (array(select number from looked_at)) returning id
)
select {told}

-- name: case_changes
with looked_at as materialized (
    select change_id as number, at
    from case_changes
    where at < statement_timestamp() - %(keep)s::interval
      and (at, change_id) > (%(at)s::timestamptz, %(number)s::bigint)
    order by at, change_id
    limit %(limit)s
    for update skip locked
),
gone as (
    delete from case_changes where change_id = any (array(select number from looked_at)) returning change_id
)
select {told}

-- name: audit_log
with looked_at as materialized (
    select entry_id as number, at
    from audit_log
    where at < statement_timestamp() - %(keep)s::interval
      and (at, entry_id) > (%(at)s::timestamptz, %(number)s::bigint)
    order by at, entry_id
    limit %(limit)s
    for update skip locked
),
gone as (
    delete from audit_log where entry_id = any (array(select number from looked_at)) returning entry_id
)
select {told}

-- name: probe_results
-- The newest of each kind is what is known of the firm, and stays.
with looked_at as materialized (
    select number, at, firm_id, kind
    from probe_results
    where at < statement_timestamp() - %(keep)s::interval
      and (at, number) > (%(at)s::timestamptz, %(number)s::bigint)
    order by at, number
    limit %(limit)s
    for update skip locked
),
gone as (
    delete from probe_results
    where number = any (array(
        select looked_at.number
        from looked_at
        where exists (
            select
            from probe_results as newer
            where newer.firm_id = looked_at.firm_id and newer.kind = looked_at.kind
              and newer.number > looked_at.number
        )
    ))
    returning number
)
select {told}

-- part: old_runs
-- A firm's newest run stays, and its newest good one over a window; and one whose result somebody is to be told.
looked_at as materialized (
    select run_id, run_id as number, ended_at as at, firm_id
    from runs
    where state <> 'waiting' and ended_at < statement_timestamp() - %(keep)s::interval
      and (ended_at, run_id) > (%(at)s::timestamptz, %(number)s::bigint)
    order by ended_at, run_id
    limit %(limit)s
),
going as materialized (
    select run_id
    from looked_at
    where exists (
        select from runs as newer where newer.firm_id = looked_at.firm_id and newer.run_id > looked_at.run_id
      )
      and run_id is distinct from (
          select good.run_id
          from runs as good
          where good.firm_id = looked_at.firm_id and good.state = %(finished)s
            and good.trigger = any(%(over_a_window)s)
          order by good.run_id desc
          limit 1
      )
      and not exists (select from letter_runs where letter_runs.run_id = looked_at.run_id)
)

-- name: run_results
-- First what the runs came to, then (`runs`) they themselves: one run may have a hundred thousand cases.
with {old_runs},
due as materialized (
    select result.run_id, result.integration_id
    from (select run_id from going order by run_id) as ordered
    cross join lateral (
        select run_id, integration_id
        from run_results
        where run_results.run_id = ordered.run_id
        limit %(results)s
    ) as result
    limit %(results)s
)
delete from run_results
using due
where run_results.run_id = due.run_id and run_results.integration_id = due.integration_id

-- name: runs
with {old_runs},
sets as (
    delete from run_sets where run_id = any (array(select run_id from going))
),
gone as (
    delete from runs
    where run_id = any (array(select run_id from going))
      and not exists (select from run_results where run_results.run_id = runs.run_id)
    returning run_id
)
select {told}

-- name: issues
with looked_at as materialized (
    select issue_id, issue_id as number, resolved_at as at
    from issues
    where resolved_at < statement_timestamp() - %(keep)s::interval
      and (resolved_at, issue_id) > (%(at)s::timestamptz, %(number)s::bigint)
    order by resolved_at, issue_id
    limit %(limit)s
    for update skip locked
),
told as (
    delete from letter_issues where issue_id = any (array(select issue_id from looked_at))
),
gone as (
    delete from issues where issue_id = any (array(select issue_id from looked_at)) returning issue_id
)
select {told}

-- name: bulk_operations
with looked_at as materialized (
    select bulk_id, bulk_id as number, ended_at as at
    from bulk_operations
    where ended_at < statement_timestamp() - %(keep)s::interval
      and (ended_at, bulk_id) > (%(at)s::timestamptz, %(number)s::bigint)
    order by ended_at, bulk_id
    limit %(limit)s
    for update skip locked
),
gone as (
    delete from bulk_operations where bulk_id = any (array(select bulk_id from looked_at)) returning bulk_id
)
select {told}

-- name: delete_exception_reports
delete from exception_reports
where ctid = any (array(
    select ctid
    from exception_reports
    where day < ((statement_timestamp() - %(keep)s::interval) at time zone 'utc')::date
    order by day
    limit %(limit)s
    for update skip locked
))

-- name: delete_issue_mutes
delete from issue_mutes
where ctid = any (array(
    select ctid
    from issue_mutes
    where until < statement_timestamp() - %(keep)s::interval
    order by until
    limit %(limit)s
    for update skip locked
))

-- name: delete_tries
delete from tries
where ctid = any (array(
    select ctid
    from tries
    where last_at < statement_timestamp() - %(keep)s::interval
    order by last_at
    limit %(limit)s
    for update skip locked
))

-- name: delete_sessions
-- A session that was idle for too long goes when it would have ended anyway.
delete from sessions
where ctid = any (array(
    select ctid
    from sessions
    where ends_at < statement_timestamp() - %(keep)s::interval
    order by ends_at
    limit %(limit)s
    for update skip locked
))

-- name: delete_outbox
delete from outbox
where row_id in (
    select row_id
    from outbox
    where created_at < statement_timestamp() - %(keep)s::interval
      and published_at < statement_timestamp() - %(keep)s::interval
    limit %(limit)s
    for update skip locked
)

-- name: forget_links
-- What opens a session, or leads to SmartAdvocate and back: minutes long, and few.
with sign_in as (
    delete from sign_in_links where expires_at < statement_timestamp()
),
connecting as (
    delete from connect_states where expires_at < statement_timestamp()
),
before as (
    delete from connect_sessions where expires_at < statement_timestamp()
)
delete from connect_links where expires_at < statement_timestamp()
