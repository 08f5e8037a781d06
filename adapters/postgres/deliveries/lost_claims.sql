-- Claims that were lost with their process, and what a worker wrote that had lost its own without knowing.
--
-- The rules at the head of lanes.sql hold here as well.

-- name: take_back
-- Lanes of processes that are gone, or of the owners given. Some at a time; one that is locked is in somebody's hands,
-- and its turn comes. Found first, each owner's by its index, and put in order then: asked for both at once, the
-- planner walks all lanes in their order until it has met enough, which is to their end where nobody is gone.
with lost as materialized (
    select process_id || '/' as first, process_id || '0' as behind, calls_until
    from processes
    where gone_at is not null and %(owners)s::text[] is null
    union all
    select owner, owner || chr(1), clock_timestamp()
    from unnest(%(owners)s::text[]) as given (owner)
),
held as materialized (
    select owned.firm_id, owned.kind, owned.case_integration_id, lost.first, lost.behind, lost.calls_until
    from lost
    cross join lateral (
        select firm_id, kind, case_integration_id
        from lanes
        where lanes.owner ~>=~ lost.first and lanes.owner ~<~ lost.behind
        limit %(limit)s
    ) as owned
)
select lanes.firm_id, lanes.kind, lanes.case_integration_id, lanes.owner, lanes.place, held.calls_until
from held
join lanes using (firm_id, kind, case_integration_id)
where lanes.owner ~>=~ held.first and lanes.owner ~<~ held.behind
order by lanes.firm_id, lanes.kind, lanes.case_integration_id
limit %(limit)s
for no key update of lanes skip locked

-- name: doubt_lost
-- Each with its place in the claim: by the lane's, then by its own in the lane. One that was in doubt before has
-- none: that this claim did not begin it says nothing of the attempt before.
with held as materialized (
    select deliveries.delivery_id, lane.owner, lane.calls_until,
           lane.place * 100000 + row_number() over (
               partition by deliveries.firm_id, deliveries.kind, deliveries.case_integration_id
               order by deliveries.occurred_at, deliveries.delivery_id
           ) as place
    from unnest(
        %(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[],
        %(owners)s::text[], %(places)s::integer[], %(calls_until)s::timestamptz[]
    ) as lane (firm_id, kind, case_integration_id, owner, place, calls_until)
    join deliveries using (firm_id, kind, case_integration_id)
    where deliveries.phase in ('open', 'held') and deliveries.state = %(sending)s
),
doubted as (
    update deliveries
    set state = %(unknown)s,
        run_at = statement_timestamp(),
        doubtful_since = held.calls_until,
        lost_owner = case when deliveries.doubtful_since is null then held.owner end,
        lost_place = case when deliveries.doubtful_since is null then held.place end,
        lost_at = case when deliveries.doubtful_since is null then held.calls_until end
    from held
    where deliveries.delivery_id = held.delivery_id
    returning deliveries.delivery_id, deliveries.firm_id, held.calls_until
)
insert into delivery_attempts (delivery_id, firm_id, ended_at, outcome, reason)
select delivery_id, firm_id, calls_until, %(unknown)s, %(process_gone)s
from doubted
order by delivery_id

-- name: put_first
-- What was held goes before all that waits, in the order in which it was claimed.
update lanes
set ready_at = statement_timestamp() - interval '1 hour' + lane.place * interval '1 millisecond'
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[], %(places)s::integer[])
    as lane (firm_id, kind, case_integration_id, place)
where lanes.firm_id = lane.firm_id and lanes.kind = lane.kind
  and lanes.case_integration_id = lane.case_integration_id
  and coalesce(lanes.ready_at, 'infinity') <= statement_timestamp()

-- name: keep_strays
insert into stray_ids (delivery_id, firm_id, stored_id)
select delivery_id, firm_id, stray.stored_id
from unnest(%(delivery_ids)s::bigint[], %(stored_ids)s::text[]) as stray (delivery_id, stored_id)
join deliveries using (delivery_id)
order by delivery_id, stray.stored_id
on conflict do nothing

-- name: written_twice
-- Rows are as rare as workers that stood still for longer than their claim.
with settled as (
    delete from stray_ids
    using deliveries
    where deliveries.delivery_id = stray_ids.delivery_id and deliveries.state = %(delivered)s
    returning deliveries.delivery_id, deliveries.firm_id, kind, case_integration_id, note_id, stored_id
)
select *
from settled
where note_id <> stored_id and note_id <> ''
order by delivery_id, stored_id
