"""The statements behind what people see of deliveries and do with them."""

from typing import Final

COLUMNS: Final = """
select delivery_id, firm_id, kind, case_integration_id, subject_id, state, reason, detail, attempts,
       occurred_at, created_at, run_at, delivered_at, note_id, adopted, late
from deliveries
"""

COUNT: Final = "select count(*) from deliveries"
NUMBERS: Final = "select delivery_id from deliveries"

# The attempt that delivered is part of the delivery.
TIMELINE: Final = """
select ended_at, outcome, began_at, took_ms, status, reason, detail
from (
    select attempt_id, ended_at, outcome, began_at, took_ms, status, reason, detail
    from delivery_attempts
    where delivery_id = %(delivery_id)s
    union all
    select null, delivered_at, state, began_at, took_ms, null, case when adopted then 'adopted' end,
           case when late then 'a newer one of its case had gone out before' end
    from deliveries
    where delivery_id = %(delivery_id)s and state = 'delivered'
) as entry
order by attempt_id nulls last
"""

LOCK_LANES: Final = """
select lanes.firm_id, lanes.kind, lanes.case_integration_id, lanes.owner is not null
from lanes
join (
    select distinct deliveries.firm_id, deliveries.kind, deliveries.case_integration_id
    from unnest(%(ids)s::bigint[]) as chosen (delivery_id)
    join deliveries using (delivery_id)
) as lane using (firm_id, kind, case_integration_id)
order by lanes.firm_id, lanes.kind, lanes.case_integration_id
for no key update of lanes
"""

# A person has acted: attempts begin anew. What is in doubt stays so, and is looked up before it is written.
REPLAY: Final = """
with replayed as (
    update deliveries
    set state = case when doubtful_since is null then 'pending' else 'unknown' end,
        run_at = case when doubtful_since is null then null else statement_timestamp() end,
        reason = null,
        detail = null,
        attempts = 0,
        first_attempt_at = null,
        probe_of = coalesce(reason, probe_of)
    from unnest(%(ids)s::bigint[]) as chosen (delivery_id)
    where deliveries.delivery_id = chosen.delivery_id and state = any(%(replayable)s)
      and purged_at is null
    returning deliveries.delivery_id, deliveries.firm_id
)
insert into delivery_attempts (delivery_id, firm_id, outcome)
select delivery_id, firm_id, 'replayed'
from replayed
order by delivery_id
"""

# Whoever looks for cases to import tries these again without waiting.
FORGET_TRIES: Final = """
update lanes
set tried_at = null
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)
where lanes.firm_id = lane.firm_id and lanes.kind = lane.kind
  and lanes.case_integration_id = lane.case_integration_id and lanes.tried_at is not null
"""
