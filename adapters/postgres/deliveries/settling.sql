-- What all do who change deliveries: lock their lanes first, and put them where their deliveries say afterwards.

-- part: lanes
unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(cases)s::text[])
    as lane (firm_id, kind, case_integration_id)

-- part: of_lane
deliveries.firm_id = lane.firm_id and deliveries.kind = lane.kind
      and deliveries.case_integration_id = lane.case_integration_id

-- part: settle
update lanes
set owner = null,
    place = null,
    lease_until = null,
    ready_at = case
        when first.state = %(held)s then null
        when first.state in (%(retrying)s, %(unknown)s) then coalesce(first.run_at, statement_timestamp())
        when first.state is not null then statement_timestamp()
    end,
    held_for = case when first.state = %(held)s then coalesce(first.reason, %(held)s) end

-- part: open_ones
select state, run_at, reason
    from deliveries
    where {of_lane}
      and phase in ('open', 'held')

-- part: by_key
lanes.firm_id = lane.firm_id and lanes.kind = lane.kind
  and lanes.case_integration_id = lane.case_integration_id

-- name: lock
select lanes.firm_id, lanes.kind, lanes.case_integration_id, lanes.owner is not null
from {lanes}
join lanes using (firm_id, kind, case_integration_id)
order by lanes.firm_id, lanes.kind, lanes.case_integration_id
for no key update of lanes

-- name: settle_messages
-- The first open message decides: it holds back the others.
{settle}
from {lanes}
left join lateral (
    {open_ones}
    order by occurred_at, delivery_id
    limit 1
) as first on true
where {by_key}

-- name: settle_documents
-- Of documents the first is the one that can go first.
{settle}
from {lanes}
left join lateral (
    {open_ones}
    order by state = %(held)s,
             case when state in (%(retrying)s, %(unknown)s) then run_at end nulls first,
             occurred_at, delivery_id
    limit 1
) as first on true
where {by_key}
