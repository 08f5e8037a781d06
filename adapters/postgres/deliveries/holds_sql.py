"""The statements that try to lift holds. The rules of `lanes_sql.py` hold here too."""

from typing import Final

# A loose index scan: one step of the index a firm with lanes held for the reason; of each kind the lane that
# was tried longest ago.
PROBES_DUE: Final = """
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
where firms.connection = 'connected'
  and (firms.paused_until is null or firms.paused_until <= statement_timestamp())
  and (hold_probes.probed_at is null or hold_probes.probed_at <= statement_timestamp() - %(every)s)
order by lane.firm_id, lane.kind
"""

# Of several schedulers that look at once, one gets the row back.
NOTE_PROBES: Final = """
insert into hold_probes (firm_id, kind, reason, probed_at)
select firm_id, kind, %(reason)s, statement_timestamp()
from unnest(%(firm_ids)s::text[], %(kinds)s::text[]) as probe (firm_id, kind)
order by firm_id collate "C", kind collate "C"
on conflict (firm_id, kind, reason) do update
set probed_at = excluded.probed_at
where hold_probes.probed_at <= statement_timestamp() - %(every)s
returning firm_id, kind
"""

LET_OUT: Final = """
update deliveries
set state = case when doubtful_since is null then 'pending' else 'unknown' end,
    run_at = case when doubtful_since is null then null else statement_timestamp() end,
    reason = null,
    detail = null,
    attempts = 0,
    first_attempt_at = null,
    probe_of = %(reason)s
from (
    select first.delivery_id
    from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
        as lane (firm_id, kind, case_integration_id)
    cross join lateral (
        select delivery_id
        from deliveries
        where deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
          and deliveries.case_integration_id = lane.case_integration_id
          and phase in ('open', 'held')
        order by occurred_at, delivery_id
        limit 1
    ) as first
) as probe
where deliveries.delivery_id = probe.delivery_id and deliveries.state = 'held'
  and deliveries.reason = %(reason)s
"""

NOTE_TRIES: Final = """
update lanes
set tried_at = statement_timestamp()
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)
where lanes.firm_id = lane.firm_id and lanes.kind = lane.kind
  and lanes.case_integration_id = lane.case_integration_id
"""

FIRMS_WAITING_FOR_IMPORT: Final = """
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
where (resting.tried_at is null or resting.tried_at <= statement_timestamp() - %(again_after)s)
  and firms.connection = 'connected'
  and (firms.paused_until is null or firms.paused_until <= statement_timestamp())
"""

TAKE_WAITING: Final = """
with waiting as materialized (
    select firm_id, kind, case_integration_id, tried_at
    from lanes
    where held_for = any(%(reasons)s) and firm_id = %(firm_id)s
      and (
          tried_at is null
          or tried_at <= statement_timestamp()
              - case held_for when 'case_being_imported' then %(waiting)s else %(held)s end
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
"""

LANES_WAITING_FOR: Final = """
select firm_id, kind, case_integration_id
from lanes
where firm_id = %(firm_id)s and kind = any(%(kinds)s) and case_integration_id = %(case_id)s
  and held_for = any(%(reasons)s)
order by firm_id, kind, case_integration_id
for no key update
"""

HOLD_FOR_IMPORT: Final = """
with held as (
    update deliveries
    set state = 'held', reason = %(reason)s, detail = %(detail)s
    from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
        as lane (firm_id, kind, case_integration_id)
    where deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
      and deliveries.case_integration_id = lane.case_integration_id
      and phase in ('open', 'held') and state in ('pending', 'held') and reason = any(%(reasons)s)
    returning deliveries.delivery_id, deliveries.firm_id
)
insert into delivery_attempts (delivery_id, firm_id, outcome, reason, detail)
select delivery_id, firm_id, 'held', %(reason)s, %(detail)s
from held
order by delivery_id
"""
