"""The statements of deliveries and lanes.

Two rules run through them (see migration 0003). Lock before reading: rows of `lanes` are locked first,
in the order of their primary key, and deliveries are read by a later statement, which sees what was
committed while the lock was waited for. And `ready_at` tells when a lane may be claimed, also for a
claimed one (when its lease runs out), so that one index finds all that is ready.

A statement that changes rows by key takes the whole key from a joined relation, never a part of it as a
constant: a planner without statistics yet would trust the constants to be enough, and read all of a firm.
"""

from collections.abc import Sequence
from typing import Any, Final

from core.event import EventKind


def arrays(lanes: Sequence[tuple[Any, ...]]) -> dict[str, list[str]]:
    """Return the parameters that name lanes: rows that begin with firm id, kind and case."""
    return {
        "firm_ids": [lane[0] for lane in lanes],
        "kinds": [lane[1] for lane in lanes],
        "cases": [lane[2] for lane in lanes],
    }


# A lane that waits for a retry, is claimed or held is locked but left as it is: whoever releases it reads
# this delivery, because the release has to wait for our commit. New lanes are ready in the given order.
# A message older than all that is open in its case waits for none of it. What is open is read as it was
# before the lane was locked: at worst the lane is claimed for nothing, or the message waits after all.
# Documents do not hold each other back: a lane of theirs that nobody owns is ready with a new one.
ADD: Final = """
with item as materialized (
    select *
    from jsonb_to_recordset(%(rows)s::jsonb) as item (
        n integer, firm_id text, kind text, subject_id text, case_integration_id text,
        occurred_at timestamptz, hold text, data jsonb
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
               lanes.kind = 'document-uploaded'
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
insert into deliveries (firm_id, kind, subject_id, case_integration_id, occurred_at, state, reason, data)
select firm_id, kind, subject_id, case_integration_id, occurred_at,
       case when hold is null or hold = 'case_being_imported' then 'pending' else 'held' end, hold, data
from item
order by n
on conflict (firm_id, kind, subject_id) do nothing
"""

# A loose index scan: one step of the index a firm that has a lane which is ready now or later.
FIRMS_DUE: Final = """
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
  and firms.connection = 'connected'
  and (firms.paused_until is null or firms.paused_until <= statement_timestamp())
order by busy.firm_id
"""

# Lanes that others have in hand are passed over. In the order of the key all the same: where a row was
# changed just now, `skip locked` waits for the next change of that row (PostgreSQL 15 to 18, seen as
# "while locking updated version"), and whoever waits with rows in hand must have taken them in order.
CLAIM_LANES: Final = """
with oldest as materialized (
    select firm_id, kind, case_integration_id
    from lanes
    where firm_id = %(firm_id)s and kind = %(kind)s
      and ready_at is not null and ready_at <= statement_timestamp()
    order by ready_at
    limit %(lanes)s offset %(passed)s
),
ready as materialized (
    select lanes.firm_id, lanes.kind, lanes.case_integration_id, lanes.lease_until, lanes.ready_at,
           lanes.newest_at
    from oldest
    join lanes using (firm_id, kind, case_integration_id)
    where lanes.ready_at <= statement_timestamp()
    order by lanes.firm_id, lanes.kind, lanes.case_integration_id
    for no key update of lanes skip locked
),
claimed as (
    update lanes
    set owner = %(owner)s,
        lease_until = statement_timestamp() + %(lease)s,
        ready_at = statement_timestamp() + %(lease)s
    from ready
    where lanes.firm_id = ready.firm_id and lanes.kind = ready.kind
      and lanes.case_integration_id = ready.case_integration_id
    returning ready.case_integration_id, ready.lease_until, ready.ready_at, ready.newest_at
)
select seen.number, claimed.case_integration_id, claimed.lease_until, claimed.ready_at, claimed.newest_at
from (select count(*) as number from oldest) as seen
left join claimed on true
"""

# What is `sending` in a lane whose lease ran out: nobody knows how far its owner came. All of it, also
# beyond what is claimed now, or what is given back unsent would count as never begun.
DOUBT: Final = """
with doubted as (
    update deliveries
    set state = 'unknown', run_at = statement_timestamp(), doubtful_since = lane.lease_end
    from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[], %(lease_ends)s::timestamptz[])
        as lane (firm_id, kind, case_integration_id, lease_end)
    where deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
      and deliveries.case_integration_id = lane.case_integration_id
      and phase in ('open', 'held') and state = 'sending'
    returning deliveries.delivery_id, deliveries.firm_id, lane.lease_end
)
insert into delivery_attempts (delivery_id, firm_id, ended_at, outcome, reason, detail)
select delivery_id, firm_id, lease_end, 'unknown', 'lease_ran_out',
       'a worker claimed it and did not come back; what is there is read before any repeat'
from doubted
order by delivery_id
"""

# Each lane's first deliveries up to the first that has to wait; and all in doubt, whatever became of them.
CLAIM_DELIVERIES: Final = """
with next as materialized (
    select lane.place, ahead.delivery_id,
           bool_or(ahead.waits) over (
               partition by lane.place order by ahead.occurred_at, ahead.delivery_id
           ) as is_held_back
    from unnest(%(cases)s::text[]) with ordinality as lane (case_integration_id, place)
    cross join lateral (
        select delivery_id, occurred_at,
               state = 'held' or (
                   state in ('retrying', 'unknown') and coalesce(run_at > statement_timestamp(), false)
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
    set state = 'sending',
        first_attempt_at = coalesce(first_attempt_at, statement_timestamp())
    from next
    where deliveries.delivery_id = next.delivery_id and not next.is_held_back
    returning deliveries.*
)
select delivery_id, case_integration_id, subject_id, occurred_at, data, attempts,
       doubtful_since, first_attempt_at, probe_of, true as is_claimed
from claimed
union all
select delivery_id, case_integration_id, subject_id, occurred_at, data, attempts,
       doubtful_since, first_attempt_at, probe_of, false
from deliveries
join (
    select %(firm_id)s as firm_id, %(kind)s as kind, case_integration_id
    from unnest(%(cases)s::text[]) as lane (case_integration_id)
) as lane using (firm_id, kind, case_integration_id)
where doubtful_since is not null
"""

# The same for documents, which do not hold each other back: those that have to wait are passed over.
CLAIM_DOCUMENTS: Final = """
with next as materialized (
    select ahead.delivery_id
    from unnest(%(cases)s::text[]) as lane (case_integration_id)
    cross join lateral (
        select delivery_id
        from deliveries
        where firm_id = %(firm_id)s and kind = %(kind)s
          and case_integration_id = lane.case_integration_id and phase in ('open', 'held')
          and state <> 'held'
          and (state not in ('retrying', 'unknown') or coalesce(run_at <= statement_timestamp(), true))
        order by occurred_at, delivery_id
        limit %(limit)s
    ) as ahead
)
update deliveries
set state = 'sending',
    first_attempt_at = coalesce(first_attempt_at, statement_timestamp())
from next
where deliveries.delivery_id = next.delivery_id
returning deliveries.delivery_id, case_integration_id, subject_id, occurred_at, data, attempts,
          doubtful_since, first_attempt_at, probe_of, true
"""

# All lanes of the owner at once, so that a release in the same transaction needs no further locks: taken
# bit by bit they could not be kept in order.
LOCK_OWNED: Final = """
select firm_id, kind, case_integration_id
from lanes
where owner = %(owner)s
order by firm_id, kind, case_integration_id
for no key update
"""

# The attempt that delivered is part of the delivery, the others are rows of its timeline.
RECORD: Final = """
with attempt as materialized (
    select *
    from jsonb_to_recordset(%(rows)s::jsonb) as attempt (
        delivery_id bigint, state text, ended_at timestamptz, run_at timestamptz, reason text, detail text,
        stored_id text, adopted boolean, doubtful_since timestamptz, late boolean, began_at timestamptz,
        took_ms integer, status integer
    )
),
stored as (
    update deliveries
    set state = attempt.state,
        attempts = attempts + 1,
        run_at = attempt.run_at,
        reason = attempt.reason,
        detail = attempt.detail,
        note_id = coalesce(attempt.stored_id, deliveries.note_id),
        adopted = attempt.adopted,
        late = attempt.late,
        began_at = attempt.began_at,
        took_ms = attempt.took_ms,
        delivered_at = case when attempt.state = 'delivered' then attempt.ended_at end,
        probe_of = case when attempt.state in ('retrying', 'unknown') then deliveries.probe_of end,
        doubtful_since = case attempt.state
            when 'delivered' then null
            when 'unknown' then coalesce(attempt.doubtful_since, deliveries.doubtful_since, attempt.ended_at)
            else deliveries.doubtful_since
        end
    from attempt
    where deliveries.delivery_id = attempt.delivery_id and deliveries.state = 'sending'
    returning deliveries.delivery_id, firm_id, kind, case_integration_id, occurred_at, deliveries.state
),
timeline as (
    insert into delivery_attempts (
        delivery_id, firm_id, ended_at, began_at, took_ms, outcome, status, reason, detail
    )
    select delivery_id, firm_id, ended_at, began_at, took_ms, attempt.state, status, reason, detail
    from attempt
    join stored using (delivery_id)
    where attempt.state <> 'delivered'
    order by delivery_id
),
newest as (
    select firm_id, kind, case_integration_id, max(occurred_at) as occurred_at
    from stored
    where state = 'delivered'
    group by firm_id, kind, case_integration_id
)
update lanes
set newest_at = newest.occurred_at
from newest
where lanes.firm_id = newest.firm_id and lanes.kind = newest.kind
  and lanes.case_integration_id = newest.case_integration_id
  and (newest_at is null or newest_at < newest.occurred_at)
"""

# Not begun, so no attempt began either, unless an earlier one did.
RELEASE_DELIVERIES: Final = """
update deliveries
set state = case when doubtful_since is null then 'pending' else 'unknown' end,
    run_at = case when doubtful_since is null then null else statement_timestamp() end,
    first_attempt_at = case when attempts > 0 or doubtful_since is not null then first_attempt_at end
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)
where deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
  and deliveries.case_integration_id = lane.case_integration_id
  and phase in ('open', 'held') and state = 'sending'
"""

# Puts lanes that nobody owns where their first open delivery says.
_SETTLE = """
update lanes
set owner = null,
    lease_until = null,
    ready_at = case first.state
        when 'held' then null
        when 'retrying' then coalesce(first.run_at, statement_timestamp())
        when 'unknown' then coalesce(first.run_at, statement_timestamp())
        else case when first.state is not null then statement_timestamp() end
    end,
    held_for = case when first.state = 'held' then coalesce(first.reason, 'held') end
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)
left join lateral (
    select state, run_at, reason
    from deliveries
    where deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
      and deliveries.case_integration_id = lane.case_integration_id
      and phase in ('open', 'held')
    order by {order}
    limit 1
) as first on true
where lanes.firm_id = lane.firm_id and lanes.kind = lane.kind
  and lanes.case_integration_id = lane.case_integration_id
"""
SETTLE_LANES: Final = _SETTLE.format(order="occurred_at, delivery_id")
# Of documents the first is the one that can go first.
SETTLE_DOCUMENTS: Final = _SETTLE.format(
    order="""state = 'held',
        case when state in ('retrying', 'unknown') then run_at end nulls first,
        occurred_at, delivery_id"""
)


def settling(lanes: Sequence[tuple[Any, ...]]) -> list[tuple[str, dict[str, list[str]]]]:
    """Return the statements, with their parameters, that put locked lanes where their deliveries say."""
    documents = [lane for lane in lanes if lane[1] == EventKind.DOCUMENT_UPLOADED]
    messages = [lane for lane in lanes if lane[1] != EventKind.DOCUMENT_UPLOADED]
    chosen = ((SETTLE_LANES, messages), (SETTLE_DOCUMENTS, documents))
    return [(statement, arrays(some)) for statement, some in chosen if some]


# A lane that rests while its case is being imported has no held delivery.
LANES_WITH_HOLDS: Final = """
select firm_id, kind, case_integration_id
from deliveries
where phase = 'held' and firm_id = %(firm_id)s and reason = any(%(reasons)s)
  and (%(cases)s::text[] is null or case_integration_id = any(%(cases)s))
union
select firm_id, kind, case_integration_id
from lanes
where held_for = any(%(reasons)s) and firm_id = %(firm_id)s
  and (%(cases)s::text[] is null or case_integration_id = any(%(cases)s))
"""

LOCK_LANES: Final = """
select lanes.firm_id, lanes.kind, lanes.case_integration_id, lanes.owner is not null
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)
join lanes using (firm_id, kind, case_integration_id)
order by lanes.firm_id, lanes.kind, lanes.case_integration_id
for no key update of lanes
"""

# A lane whose first open delivery is held; one that is claimed will come to this when it is released.
LOCK_RESOLVED_LANES: Final = """
select firm_id, kind, case_integration_id
from lanes
where (
    held_for = %(firm_unknown)s
    and exists (select from firms where firms.firm_id = lanes.firm_id)
) or (
    held_for = any(%(waits_for_import)s)
    and exists (
        select from cases
        where cases.firm_id = lanes.firm_id and cases.integration_id = lanes.case_integration_id
    )
)
order by firm_id, kind, case_integration_id
for no key update
"""

# A person has acted, or what was missing is there: attempts begin anew, or the first error of tomorrow
# would count as the end of a day of retries.
RELEASE_HOLDS: Final = """
update deliveries
set state = case when doubtful_since is null then 'pending' else 'unknown' end,
    run_at = case when doubtful_since is null then null else statement_timestamp() end,
    reason = null,
    detail = null,
    attempts = 0,
    first_attempt_at = null
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)
where deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
  and deliveries.case_integration_id = lane.case_integration_id
  and phase in ('open', 'held') and state in ('held', 'pending') and reason = any(%(reasons)s)
"""

# Fresh addresses of documents' content. An address that was there before is no news: an old event came again.
_FRESH: Final = """
    from jsonb_to_recordset(%(rows)s::jsonb) as event (
        firm_id text, kind text, subject_id text, content_url text
    )
    join deliveries as known using (firm_id, kind, subject_id)
    where known.state <> 'delivered'
      and known.data ? 'content_url' -- else it was removed, with all that is private
      and known.data ->> 'content_url' is distinct from event.content_url
      and not coalesce(known.data -> 'earlier_urls' ? event.content_url, false)
"""
LANES_TO_REFRESH: Final = f"""
select distinct known.firm_id, known.kind, known.case_integration_id {_FRESH}
"""
REFRESH_CONTENT: Final = f"""
with fresh as materialized (
    select distinct on (known.delivery_id) known.delivery_id, event.content_url,
           known.state = 'held' and known.reason = %(reason)s as waited {_FRESH}
    order by known.delivery_id
)
update deliveries
set data = data || jsonb_build_object(
        'content_url', fresh.content_url,
        'earlier_urls', coalesce(data -> 'earlier_urls', '[]') || jsonb_build_array(data -> 'content_url')
    ),
    state = case when not waited then state when doubtful_since is null then 'pending' else 'unknown' end,
    run_at = case
        when not waited then run_at
        when doubtful_since is not null then statement_timestamp()
    end,
    reason = case when not waited then reason end,
    detail = case when not waited then detail end,
    attempts = case when waited then 0 else attempts end,
    first_attempt_at = case when not waited then first_attempt_at end
from fresh
where deliveries.delivery_id = fresh.delivery_id
"""  # noqa: S608 - both parts are above

# The address that an attempt found expired was replaced while it was under way.
UNHOLD_REFRESHED: Final = """
update deliveries
set state = case when doubtful_since is null then 'pending' else 'unknown' end,
    run_at = case when doubtful_since is null then null else statement_timestamp() end,
    reason = null,
    detail = null
from unnest(%(delivery_ids)s::bigint[], %(urls)s::text[]) as attempt (delivery_id, content_url)
where deliveries.delivery_id = attempt.delivery_id
  and state = 'held' and reason = %(reason)s and data ->> 'content_url' <> attempt.content_url
"""

RELEASE_RESOLVED_HOLDS: Final = """
update deliveries
set state = case when doubtful_since is null then 'pending' else 'unknown' end,
    run_at = case when doubtful_since is null then null else statement_timestamp() end,
    reason = null,
    detail = null,
    attempts = 0,
    first_attempt_at = null
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)
where deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
  and deliveries.case_integration_id = lane.case_integration_id
  and phase in ('open', 'held') and state in ('held', 'pending')
  and (
      (reason = %(firm_unknown)s and exists (select from firms where firms.firm_id = lane.firm_id))
      or (
          reason = any(%(waits_for_import)s)
          and exists (
              select from cases
              where cases.firm_id = lane.firm_id and cases.integration_id = lane.case_integration_id
          )
      )
  )
"""
