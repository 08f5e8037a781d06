-- What people see of deliveries and do with them. Nothing here reads their content.
--
-- The conditions `deliveries_where_…` take the place of what is marked as `selected`: those that were asked for and
-- no others, because `%(x)s is null or …` would keep indexes from being used.

-- part: summary
delivery_id, firm_id, kind, case_integration_id, subject_id, state, reason, detail, attempts,
       occurred_at, created_at, run_at, delivered_at, note_id, adopted, late, purged_at

-- name: find
select {summary}
from deliveries
where true /* selected */
order by delivery_id desc
limit %(limit)s

-- name: find_before
select {summary}
from deliveries
where true /* selected */
  and delivery_id < %(before)s
order by delivery_id desc
limit %(limit)s

-- name: find_of_firms
-- Each firm is asked through its own index, and for no more than a page.
select found.*
from unnest(%(firms)s::text[]) as wanted (firm_id)
cross join lateral (
    select {summary}
    from deliveries
    where true /* selected */
      and deliveries.firm_id = wanted.firm_id and (%(before)s::bigint is null or delivery_id < %(before)s)
    order by delivery_id desc
    limit %(limit)s
) as found
order by found.delivery_id desc
limit %(limit)s

-- name: count_at_most
select count(*) from (select from deliveries where true /* selected */ limit %(at_most)s) as counted

-- name: count
select count(*) from deliveries where true /* selected */

-- name: numbers
select delivery_id
from deliveries
where true /* selected */
  and delivery_id > %(after)s
order by delivery_id
limit %(limit)s

-- name: named
-- By the id, of whichever firms: one id may be several firms'. `coalesce` keeps the firms from being a condition of
-- the index, which would be walked once for each of them.
with found as materialized (
    select delivery_id
    from deliveries
    where subject_id = %(name)s and coalesce(firm_id = any(%(firms)s::text[]), true)
    union
    select delivery_id
    from deliveries
    where kind = 'message-sent' and note_id = %(name)s
      and coalesce(firm_id = any(%(firms)s::text[]), true)
), newest as materialized (
    select delivery_id from found order by delivery_id desc limit %(limit)s
)
select named.*
from newest
cross join lateral (
    select {summary} from deliveries where deliveries.delivery_id = newest.delivery_id limit 1
) as named
order by named.delivery_id desc

-- name: deliveries_where_delivery
delivery_id = %(delivery_id)s

-- name: deliveries_where_firms
firm_id = any(%(firms)s::text[])

-- name: deliveries_where_firm
firm_id = %(firm_id)s

-- name: deliveries_where_case
case_integration_id = %(case_id)s

-- name: deliveries_where_kind
kind = %(kind)s

-- name: deliveries_where_states
phase = any(%(phases)s) and state = any(%(states)s)

-- name: deliveries_where_has_text
purged_at is null

-- name: deliveries_where_reason
-- What was delivered has none. Said as the predicates of two indexes, so that they are used.
reason = %(reason)s and (phase in ('open', 'held') or phase in ('held', 'failed'))

-- name: deliveries_where_since
created_at >= %(since)s

-- name: deliveries_where_kept
reason is distinct from %(discarded)s

-- part: not_tried_since
not exists (
      select
      from delivery_attempts
      where delivery_attempts.delivery_id = deliveries.delivery_id and attempt_id > %(newest_attempt)s
  )

-- name: deliveries_where_bounds
delivery_id <= %(newest_delivery)s and {not_tried_since}

-- name: timeline
-- The attempt that delivered is part of the delivery.
select ended_at, outcome, began_at, took_ms, status, reason, detail, late
from (
    select attempt_id, ended_at, outcome, began_at, took_ms, status, reason, detail, false as late
    from delivery_attempts
    where delivery_id = %(delivery_id)s
    union all
    select null, delivered_at, state, began_at, took_ms, null, case when adopted then %(adopted)s end, null, late
    from deliveries
    where delivery_id = %(delivery_id)s and state = %(delivered)s
) as entry
order by attempt_id nulls last

-- name: lock_lanes
select lanes.firm_id, lanes.kind, lanes.case_integration_id, lanes.owner is not null
from lanes
join (
    select distinct deliveries.firm_id, deliveries.kind, deliveries.case_integration_id
    from unnest(%(ids)s::bigint[]) as chosen (delivery_id)
    join deliveries using (delivery_id)
) as lane using (firm_id, kind, case_integration_id)
order by lanes.firm_id, lanes.kind, lanes.case_integration_id
for no key update of lanes

-- name: replay
-- A person has acted: attempts begin anew. What is in doubt stays so, and is looked up before it is written.
with replayed as (
    update deliveries
    set state = casebridge_state_again(doubtful_since),
        run_at = casebridge_run_at_again(doubtful_since),
        reason = null,
        detail = null,
        attempts = 0,
        first_attempt_at = null,
        probe_of = coalesce(reason, probe_of)
    from unnest(%(ids)s::bigint[]) as chosen (delivery_id)
    where deliveries.delivery_id = chosen.delivery_id and state = any(%(replayable)s)
      and purged_at is null and {not_tried_since}
    returning deliveries.delivery_id, deliveries.firm_id
)
insert into delivery_attempts (delivery_id, firm_id, outcome)
select delivery_id, firm_id, %(replayed)s
from replayed
order by delivery_id

-- name: discard
-- What is in doubt stays so: a replay would look it up.
with chosen as (
    select deliveries.delivery_id, deliveries.state
    from unnest(%(ids)s::bigint[]) as chosen (delivery_id)
    join deliveries using (delivery_id)
    where state = any(%(discardable)s) and purged_at is null and reason is distinct from %(discarded)s
      and {not_tried_since}
),
discarded as (
    update deliveries
    set state = %(failed)s, reason = %(discarded)s, detail = %(why)s, run_at = null, probe_of = null
    from chosen
    where deliveries.delivery_id = chosen.delivery_id
    returning deliveries.delivery_id, firm_id, kind, case_integration_id, subject_id, chosen.state as before
),
noted as (
    insert into delivery_attempts (delivery_id, firm_id, outcome, detail)
    select delivery_id, firm_id, %(outcome)s, %(why)s
    from discarded
    order by delivery_id
)
select firm_id, kind, case_integration_id, subject_id, before
from discarded
order by delivery_id

-- name: forget_tries
-- Whoever looks for cases to import tries these again without waiting.
update lanes
set tried_at = null
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)
where lanes.firm_id = lane.firm_id and lanes.kind = lane.kind
  and lanes.case_integration_id = lane.case_integration_id and lanes.tried_at is not null

-- name: waiting
-- In two parts, each said as the predicate of an index.
select kind, state, reason, sum(number)::bigint, min(since)
from (
    select kind, case phase when 'held' then %(held)s else %(pending)s end as state, reason, count(*) as number,
           min(created_at) as since
    from deliveries
    where firm_id = %(firm_id)s and phase in ('open', 'held')
    group by kind, phase, reason
    union all
    select kind, %(failed)s, reason, count(*), min(created_at)
    from deliveries
    where phase = 'failed' and firm_id = %(firm_id)s
    group by kind, reason
) as part
group by kind, state, reason
order by min(since), kind, state, reason
