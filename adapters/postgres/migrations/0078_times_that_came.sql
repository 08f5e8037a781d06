-- A message of year 9999 that was taken once made every later one of its case "late", for ever: what the lane
-- remembers is the newest of what went out and can have been sent by now. The door refuses such times since.
update lanes
set newest_at = (
    select max(deliveries.occurred_at)
    from deliveries
    where deliveries.firm_id = lanes.firm_id and deliveries.kind = lanes.kind
      and deliveries.case_integration_id = lanes.case_integration_id
      and deliveries.phase = 'done' and deliveries.occurred_at <= now() + interval '1 day'
)
where newest_at > now() + interval '1 day';
