-- Deliveries in their lanes: added, claimed, recorded, given back.
--
-- Two rules run through all statements about lanes (see migration 0003). Lock before reading: rows of `lanes` are
-- locked first, in the order of their primary key, and deliveries are read by a later statement, which sees what
-- was committed while the lock was waited for. And `ready_at` tells when a lane may be claimed, so that one index
-- finds all that is ready. A claimed one has `infinity` there and in `lease_until`; with an end it was claimed by the
-- release before this one (migration 0091), and is ready when that has passed.
--
-- A statement that changes rows by key takes the whole key from a joined relation, never a part of it as a
-- constant: a planner without statistics yet would trust the constants to be enough, and read all of a firm.
--
-- States and reasons are parameters. The phases stand as they are: partial indexes are on them, and whoever reads
-- the statement sees which one serves it.

-- name: add
-- A lane that waits for a retry, is claimed or held is locked but left as it is: whoever releases it reads
-- this delivery, because the release has to wait for our commit. New lanes are ready in the given order.
-- A message older than all that is open in its case waits for none of it. What is open is read as it was
-- before the lane was locked: at worst the lane is claimed for nothing, or the message waits after all.
-- Documents do not hold each other back: a lane of theirs that nobody owns is ready with a new one.
with item as materialized (
    select *
    from jsonb_to_recordset(%(rows)s::jsonb) as item (
        n integer, firm_id text, kind text, subject_id text, case_integration_id text,
        occurred_at timestamptz, hold text, detail text, data jsonb
    )
),
first_item as (
    select distinct on (firm_id collate "C", kind collate "C", case_integration_id collate "C") *
    from item
    order by firm_id collate "C", kind collate "C", case_integration_id collate "C", occurred_at, n
),
lane as (
    insert into lanes (firm_id, kind, case_integration_id, ready_at, held_for)
    select firm_id, kind, case_integration_id,
           case when hold is null then statement_timestamp() - (%(count)s - n) * interval '1 microsecond' end,
           hold
    from first_item
    order by firm_id collate "C", kind collate "C", case_integration_id collate "C"
    on conflict (firm_id, kind, case_integration_id) do update
    set ready_at = excluded.ready_at, held_for = excluded.held_for
    where (lanes.ready_at is null and lanes.held_for is null)
       or (
           lanes.owner is null and excluded.ready_at is not null
           and (lanes.held_for is not null or lanes.ready_at > statement_timestamp())
           and (
               lanes.kind = %(documents)s
               or not exists (
                   select
                   from first_item
                   join deliveries as ahead using (firm_id, kind, case_integration_id)
                   where ahead.firm_id = lanes.firm_id and ahead.kind = lanes.kind
                     and ahead.case_integration_id = lanes.case_integration_id
                     and ahead.phase in ('open', 'held') and ahead.occurred_at <= first_item.occurred_at
               )
           )
       )
)
insert into deliveries (firm_id, kind, subject_id, case_integration_id, occurred_at, state, reason, detail, data)
select firm_id, kind, subject_id, case_integration_id, occurred_at,
       case when hold is null or hold = %(case_being_imported)s then %(pending)s else %(held)s end,
       hold, detail, data
from item
order by n
on conflict (firm_id, kind, subject_id) do nothing

-- name: firms_due
-- A loose index scan: one step of the index a firm that has a lane which is ready now or later.
with recursive busy as (
    (
        select firm_id, ready_at
        from lanes
        where kind = %(kind)s and ready_at is not null
        order by firm_id, ready_at
        limit 1
    )
    union all
    select following.firm_id, following.ready_at
    from busy
    cross join lateral (
        select lanes.firm_id, lanes.ready_at
        from lanes
        where lanes.kind = %(kind)s and lanes.ready_at is not null and lanes.firm_id > busy.firm_id
        order by lanes.firm_id, lanes.ready_at
        limit 1
    ) as following
)
select busy.firm_id
from busy
join firms using (firm_id)
where busy.ready_at <= statement_timestamp()
  and firms.connection = %(connected)s
  and (firms.paused_until is null or firms.paused_until <= statement_timestamp())
order by busy.firm_id

-- name: claim
-- Lanes that others have in hand are passed over. In the order of the key all the same: where a row was
-- changed just now, `skip locked` waits for the next change of that row (PostgreSQL 15 to 18, seen as
-- "while locking updated version"), and whoever waits with rows in hand must have taken them in order.
-- A process that is gone claims nothing: nobody would ever take it back.
-- Each is looked up by its key: `coalesce` keeps the planner from the index of what is ready, which may be full of what
-- no longer is, and would be walked once for each lane.
with oldest as materialized (
    select firm_id, kind, case_integration_id, ready_at
    from lanes
    where firm_id = %(firm_id)s and kind = %(kind)s
      and exists (select from processes where process_id = %(process_id)s and gone_at is null)
      and ready_at is not null and ready_at <= statement_timestamp() and ready_at >= %(since)s::timestamptz
    order by ready_at
    limit %(lanes)s offset %(passed)s
),
ready as materialized (
    select lanes.firm_id, lanes.kind, lanes.case_integration_id, lanes.lease_until, lanes.ready_at,
           lanes.newest_at
    from oldest
    join lanes using (firm_id, kind, case_integration_id)
    where coalesce(lanes.ready_at, 'infinity') <= statement_timestamp()
    order by lanes.firm_id, lanes.kind, lanes.case_integration_id
    for no key update of lanes skip locked
),
placed as (
    select *, row_number() over (order by ready_at, case_integration_id) as place
    from ready
),
claimed as (
    update lanes
    set owner = %(owner)s,
        place = ready.place,
        lease_until = 'infinity',
        ready_at = 'infinity'
    from placed as ready
    where lanes.firm_id = ready.firm_id and lanes.kind = ready.kind
      and lanes.case_integration_id = ready.case_integration_id
    returning ready.case_integration_id, ready.lease_until, ready.place, ready.newest_at
)
select seen.number, seen.first_at,
       claimed.case_integration_id, claimed.lease_until, claimed.place, claimed.newest_at
from (select count(*) as number, min(ready_at) as first_at from oldest) as seen
left join claimed on true

-- name: doubt
-- What is `sending` in a lane that the release before this one had claimed, until its lease ran out: nobody
-- knows how far its owner came. All of it, also beyond what is claimed now, or what is given back unsent would
-- count as never begun.
with doubted as (
    update deliveries
    set state = %(unknown)s, run_at = statement_timestamp(), doubtful_since = lane.lease_end
    from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[], %(lease_ends)s::timestamptz[])
        as lane (firm_id, kind, case_integration_id, lease_end)
    where deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
      and deliveries.case_integration_id = lane.case_integration_id
      and phase in ('open', 'held') and state = %(sending)s
    returning deliveries.delivery_id, deliveries.firm_id, lane.lease_end
)
insert into delivery_attempts (delivery_id, firm_id, ended_at, outcome, reason)
select delivery_id, firm_id, lease_end, %(unknown)s, %(lease_ran_out)s
from doubted
order by delivery_id

-- name: claim_messages
-- Each lane's first deliveries up to the first that has to wait; and all in doubt, whatever became of them.
with next as materialized (
    select lane.place, ahead.delivery_id,
           bool_or(ahead.waits) over (
               partition by lane.place order by ahead.occurred_at, ahead.delivery_id
           ) as is_held_back
    from unnest(%(cases)s::text[]) with ordinality as lane (case_integration_id, place)
    cross join lateral (
        select delivery_id, occurred_at,
               state = %(held)s or (
                   state in (%(retrying)s, %(unknown)s)
                   and coalesce(run_at > statement_timestamp(), false)
               ) as waits
        from deliveries
        where firm_id = %(firm_id)s and kind = %(kind)s
          and case_integration_id = lane.case_integration_id and phase in ('open', 'held')
        order by occurred_at, delivery_id
        limit %(limit)s
    ) as ahead
),
claimed as (
    update deliveries
    set state = %(sending)s,
        first_attempt_at = coalesce(first_attempt_at, statement_timestamp())
    from next
    where deliveries.delivery_id = next.delivery_id and not next.is_held_back
    returning deliveries.*
)
select delivery_id, case_integration_id, subject_id, occurred_at, data, attempts,
       doubtful_since, first_attempt_at, probe_of, lost_owner, lost_place, lost_at, true as is_claimed
from claimed
union all
select delivery_id, case_integration_id, subject_id, occurred_at, data, attempts,
       doubtful_since, first_attempt_at, probe_of, lost_owner, lost_place, lost_at, false
from deliveries
join (
    select %(firm_id)s as firm_id, %(kind)s as kind, case_integration_id
    from unnest(%(cases)s::text[]) as lane (case_integration_id)
) as lane using (firm_id, kind, case_integration_id)
where doubtful_since is not null

-- name: claim_documents
-- The same for documents, which do not hold each other back: those that have to wait are passed over.
with next as materialized (
    select ahead.delivery_id
    from unnest(%(cases)s::text[]) as lane (case_integration_id)
    cross join lateral (
        select delivery_id
        from deliveries
        where firm_id = %(firm_id)s and kind = %(kind)s
          and case_integration_id = lane.case_integration_id and phase in ('open', 'held')
          and state <> %(held)s
          and (
              state not in (%(retrying)s, %(unknown)s)
              or coalesce(run_at <= statement_timestamp(), true)
          )
        order by occurred_at, delivery_id
        limit %(limit)s
    ) as ahead
)
update deliveries
set state = %(sending)s,
    first_attempt_at = coalesce(first_attempt_at, statement_timestamp())
from next
where deliveries.delivery_id = next.delivery_id
returning deliveries.delivery_id, case_integration_id, subject_id, occurred_at, data, attempts,
          doubtful_since, first_attempt_at, probe_of, lost_owner, lost_place, lost_at, true

-- name: lock_owned
-- All lanes of the owner at once, so that a release in the same transaction needs no further locks: taken
-- bit by bit they could not be kept in order.
select firm_id, kind, case_integration_id
from lanes
where owner = %(owner)s
order by firm_id, kind, case_integration_id
for no key update

-- name: record
-- The attempt that delivered is part of the delivery, the others are rows of its timeline. One that was answered
-- with the wish for a pause does not count.
with attempt as materialized (
    select *
    from jsonb_to_recordset(%(rows)s::jsonb) as attempt (
        delivery_id bigint, state text, ended_at timestamptz, run_at timestamptz, reason text, detail text,
        stored_id text, adopted boolean, doubtful_since timestamptz, late boolean, began_at timestamptz,
        took_ms integer, status integer, paused_s float8
    )
),
stored as (
    update deliveries
    set state = attempt.state,
        attempts = attempts + (attempt.paused_s is null)::int,
        first_attempt_at = case
            when attempt.paused_s is null then first_attempt_at
            when attempts > 0 or deliveries.doubtful_since is not null
                then first_attempt_at + attempt.paused_s * interval '1 second'
        end,
        run_at = attempt.run_at,
        reason = attempt.reason,
        detail = attempt.detail,
        note_id = coalesce(attempt.stored_id, deliveries.note_id),
        adopted = attempt.adopted,
        late = attempt.late,
        began_at = attempt.began_at,
        took_ms = attempt.took_ms,
        delivered_at = case when attempt.state = %(delivered)s then attempt.ended_at end,
        probe_of = case when attempt.state in (%(retrying)s, %(unknown)s) then deliveries.probe_of end,
        doubtful_since = case attempt.state
            when %(delivered)s then null
            when %(unknown)s
                then coalesce(attempt.doubtful_since, deliveries.doubtful_since, attempt.ended_at)
            else deliveries.doubtful_since
        end
    from attempt
    where deliveries.delivery_id = attempt.delivery_id and deliveries.state = %(sending)s
    returning deliveries.delivery_id, firm_id, kind, case_integration_id, occurred_at, deliveries.state
),
timeline as (
    insert into delivery_attempts (
        delivery_id, firm_id, ended_at, began_at, took_ms, outcome, status, reason, detail
    )
    select delivery_id, firm_id, ended_at, began_at, took_ms, attempt.state, status, reason, detail
    from attempt
    join stored using (delivery_id)
    where attempt.state <> %(delivered)s
    order by delivery_id
),
newest as (
    select firm_id, kind, case_integration_id, max(occurred_at) as occurred_at
    from stored
    where state = %(delivered)s
      -- One taken before such times were refused: it would make all others late, for ever.
      and occurred_at <= statement_timestamp() + interval '1 day'
    group by firm_id, kind, case_integration_id
)
update lanes
set newest_at = newest.occurred_at
from newest
where lanes.firm_id = newest.firm_id and lanes.kind = newest.kind
  and lanes.case_integration_id = newest.case_integration_id
  and (newest_at is null or newest_at < newest.occurred_at)

-- name: unhold_refreshed
-- The address that an attempt found expired was replaced while it was under way.
update deliveries
set state = casebridge_state_again(doubtful_since),
    run_at = casebridge_run_at_again(doubtful_since),
    reason = null,
    detail = null
from unnest(%(delivery_ids)s::bigint[], %(urls)s::text[]) as attempt (delivery_id, content_url)
where deliveries.delivery_id = attempt.delivery_id
  and state = %(held)s and reason = %(reason)s and data ->> 'content_url' <> attempt.content_url

-- name: release
-- Not begun, so no attempt began either, unless an earlier one did.
update deliveries
set state = casebridge_state_again(doubtful_since),
    run_at = casebridge_run_at_again(doubtful_since),
    first_attempt_at = case when attempts > 0 or doubtful_since is not null then first_attempt_at end
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)
where deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
  and deliveries.case_integration_id = lane.case_integration_id
  and phase in ('open', 'held') and state = %(sending)s
