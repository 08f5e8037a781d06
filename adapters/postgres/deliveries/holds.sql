-- Lifting holds: by a person, by what was missing and is there, and by trying. The rules of `lanes.sql` hold here too.

-- part: lanes
unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)

-- part: of_lane
deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
  and deliveries.case_integration_id = lane.case_integration_id

-- part: leave_anew
-- A person has acted, or what was missing is there: attempts begin anew, or the first error of tomorrow
-- would count as the end of a day of retries.
update deliveries
set state = casebridge_state_again(doubtful_since),
    run_at = casebridge_run_at_again(doubtful_since),
    reason = null,
    detail = null,
    attempts = 0,
    first_attempt_at = null

-- part: fresh
-- Fresh addresses of documents' content. One that was there before is no news: an old event came again.
from jsonb_to_recordset(%(rows)s::jsonb) as event (
        firm_id text, kind text, subject_id text, content_url text
    )
    join deliveries as known using (firm_id, kind, subject_id)
    where known.state <> %(delivered)s
      and known.data ? 'content_url' -- else it was removed, with all that is private
      and known.data ->> 'content_url' is distinct from event.content_url
      and not coalesce(known.data -> 'earlier_urls' ? event.content_url, false)

-- part: flows
firms.connection = %(connected)s
  and (firms.paused_until is null or firms.paused_until <= statement_timestamp())

-- name: lanes_with_holds
-- A lane that rests while its case is being imported has no held delivery.
select firm_id, kind, case_integration_id
from deliveries
where phase = 'held' and firm_id = %(firm_id)s and reason = any(%(reasons)s)
  and (%(cases)s::text[] is null or case_integration_id = any(%(cases)s::text[]))
union
select firm_id, kind, case_integration_id
from lanes
where held_for = any(%(reasons)s) and firm_id = %(firm_id)s
  and (%(cases)s::text[] is null or case_integration_id = any(%(cases)s::text[]))

-- name: release
{leave_anew}
from {lanes}
where {of_lane}
  and phase in ('open', 'held') and state in (%(held)s, %(pending)s) and reason = any(%(reasons)s)

-- name: lock_resolved
-- A lane whose first open delivery is held; one that is claimed will come to this when it is released. `offset 0` as
-- in `release_resolved`.
select firm_id, kind, case_integration_id
from lanes
where (
    held_for = %(firm_unknown)s
    and exists (select from firms where firms.firm_id = lanes.firm_id offset 0)
) or (
    held_for = any(%(waits_for_import)s)
    and exists (
        select from cases
        where cases.firm_id = lanes.firm_id and cases.integration_id = lanes.case_integration_id
        offset 0
    )
)
order by firm_id, kind, case_integration_id
for no key update

-- name: release_resolved
-- `offset 0` keeps the planner from reading all cases once, instead of looking for each.
{leave_anew}
from {lanes}
where {of_lane}
  and phase in ('open', 'held') and state in (%(held)s, %(pending)s)
  and (
      (reason = %(firm_unknown)s and exists (select from firms where firms.firm_id = lane.firm_id offset 0))
      or (
          reason = any(%(waits_for_import)s)
          and exists (
              select from cases
              where cases.firm_id = lane.firm_id and cases.integration_id = lane.case_integration_id
              offset 0
          )
      )
  )

-- name: lanes_to_refresh
select distinct known.firm_id, known.kind, known.case_integration_id
{fresh}

-- name: refresh_content
with fresh as materialized (
    select distinct on (known.delivery_id) known.delivery_id, event.content_url,
           known.state = %(held)s and known.reason = %(reason)s as waited
    {fresh}
    order by known.delivery_id
)
update deliveries
set data = data || jsonb_build_object(
        'content_url', fresh.content_url,
        'earlier_urls', coalesce(data -> 'earlier_urls', '[]') || jsonb_build_array(data -> 'content_url')
    ),
    state = case when waited then casebridge_state_again(doubtful_since) else state end,
    run_at = case when waited then casebridge_run_at_again(doubtful_since) else run_at end,
    reason = case when not waited then reason end,
    detail = case when not waited then detail end,
    attempts = case when waited then 0 else attempts end,
    first_attempt_at = case when not waited then first_attempt_at end
from fresh
where deliveries.delivery_id = fresh.delivery_id

-- name: probes_due
-- A loose index scan: one step of the index a firm with lanes held for the reason; of each kind the lane that
-- was tried longest ago.
with recursive resting as (
    (
        select firm_id
        from lanes
        where held_for = %(reason)s
        order by firm_id
        limit 1
    )
    union all
    select following.firm_id
    from resting
    cross join lateral (
        select lanes.firm_id
        from lanes
        where lanes.held_for = %(reason)s and lanes.firm_id > resting.firm_id
        order by lanes.firm_id
        limit 1
    ) as following
)
select lane.firm_id, lane.kind, lane.case_integration_id, hold_probes.probed_at is null
from resting
join firms using (firm_id)
cross join unnest(%(kinds)s::text[]) as of_kind (kind)
cross join lateral (
    select lanes.firm_id, lanes.kind, lanes.case_integration_id
    from lanes
    where lanes.held_for = %(reason)s and lanes.firm_id = resting.firm_id and lanes.kind = of_kind.kind
    order by lanes.tried_at nulls first, lanes.case_integration_id
    limit 1
) as lane
left join hold_probes
    on hold_probes.firm_id = lane.firm_id and hold_probes.kind = lane.kind
    and hold_probes.reason = %(reason)s
where {flows}
  and (hold_probes.probed_at is null or hold_probes.probed_at <= statement_timestamp() - %(every)s::interval)
order by lane.firm_id, lane.kind

-- name: note_probes
-- Of several schedulers that look at once, one gets the row back.
insert into hold_probes (firm_id, kind, reason, probed_at)
select firm_id, kind, %(reason)s, statement_timestamp()
from unnest(%(firm_ids)s::text[], %(kinds)s::text[]) as probe (firm_id, kind)
order by firm_id collate "C", kind collate "C"
on conflict (firm_id, kind, reason) do update
set probed_at = excluded.probed_at
where hold_probes.probed_at <= statement_timestamp() - %(every)s::interval
returning firm_id, kind

-- name: let_out
{leave_anew},
    probe_of = %(reason)s
from (
    select first.delivery_id
    from {lanes}
    cross join lateral (
        select delivery_id
        from deliveries
        where {of_lane}
          and phase in ('open', 'held')
        order by occurred_at, delivery_id
        limit 1
    ) as first
) as probe
where deliveries.delivery_id = probe.delivery_id and deliveries.state = %(held)s
  and deliveries.reason = %(reason)s

-- name: note_tries
update lanes
set tried_at = statement_timestamp()
from {lanes}
where lanes.firm_id = lane.firm_id and lanes.kind = lane.kind
  and lanes.case_integration_id = lane.case_integration_id

-- name: firms_waiting_for_import
-- A loose index scan again; of each firm the lane that was tried longest ago.
with recursive resting as (
    (
        select firm_id, tried_at
        from lanes
        where held_for = %(reason)s
        order by firm_id, tried_at nulls first
        limit 1
    )
    union all
    select following.firm_id, following.tried_at
    from resting
    cross join lateral (
        select lanes.firm_id, lanes.tried_at
        from lanes
        where lanes.held_for = %(reason)s and lanes.firm_id > resting.firm_id
        order by lanes.firm_id, lanes.tried_at nulls first
        limit 1
    ) as following
)
select resting.firm_id
from resting
join firms using (firm_id)
where {flows}
  and (resting.tried_at is null or resting.tried_at <= statement_timestamp() - %(again_after)s::interval)

-- name: take_waiting
with waiting as materialized (
    select firm_id, kind, case_integration_id, tried_at
    from lanes
    where held_for = any(%(reasons)s) and firm_id = %(firm_id)s
      and (
          tried_at is null
          or tried_at <= statement_timestamp() - case held_for
              when %(case_being_imported)s then %(waiting)s::interval
              else %(held_again)s::interval
          end
      )
    order by tried_at nulls first, case_integration_id
    limit %(limit)s
),
taken as materialized (
    select lanes.firm_id, lanes.kind, lanes.case_integration_id, lanes.tried_at
    from waiting
    join lanes using (firm_id, kind, case_integration_id)
    where lanes.held_for = any(%(reasons)s)
      and lanes.tried_at is not distinct from waiting.tried_at
    order by lanes.firm_id, lanes.kind, lanes.case_integration_id
    for no key update of lanes skip locked
)
update lanes
set tried_at = statement_timestamp()
from taken
where lanes.firm_id = taken.firm_id and lanes.kind = taken.kind
  and lanes.case_integration_id = taken.case_integration_id
returning taken.case_integration_id, taken.tried_at

-- name: forget_try
update lanes
set tried_at = null
where firm_id = %(firm_id)s and kind = any(%(kinds)s) and case_integration_id = %(case_id)s
  and held_for = any(%(reasons)s)

-- name: lanes_waiting_for
select firm_id, kind, case_integration_id
from lanes
where firm_id = %(firm_id)s and kind = any(%(kinds)s) and case_integration_id = %(case_id)s
  and held_for = any(%(reasons)s)
order by firm_id, kind, case_integration_id
for no key update

-- name: hold_for_import
with held as (
    update deliveries
    set state = %(held)s, reason = %(reason)s, detail = %(detail)s
    from {lanes}
    where {of_lane}
      and phase in ('open', 'held') and state in (%(pending)s, %(held)s) and reason = any(%(reasons)s)
    returning deliveries.delivery_id, deliveries.firm_id
)
insert into delivery_attempts (delivery_id, firm_id, outcome, reason, detail)
select delivery_id, firm_id, %(held)s, %(reason)s, %(detail)s
from held
order by delivery_id
