-- Messages that came for a firm before the firm itself. {inbox} and {deliveries} are the columns of those tables that
-- can be written, which the catalogue tells; early_inbox and early_deliveries have these.

-- name: set_deliveries_aside
insert into early_deliveries ({deliveries})
select {deliveries}
from deliveries
where firm_id = %(firm_id)s and state = %(held)s and reason = %(firm_unknown)s
  and not exists (select from firms where firm_id = %(firm_id)s)

-- name: set_inbox_aside
insert into early_inbox ({inbox})
select {inbox}
from inbox
where firm_id = %(firm_id)s and (kind, subject_id) in (select kind, subject_id from early_deliveries)

-- name: clear_deliveries
delete from deliveries where delivery_id in (select delivery_id from early_deliveries)

-- name: clear_inbox
delete from inbox
where firm_id = %(firm_id)s and (kind, subject_id) in (select kind, subject_id from early_inbox)

-- name: clear_lanes
delete from lanes
where firm_id = %(firm_id)s and owner is null
  and (kind, case_integration_id) in (select kind, case_integration_id from early_deliveries)

-- name: clear_issues
delete from issues
where firm_id = %(firm_id)s and kind = %(delivery_held)s and exists (select from early_deliveries)

-- name: join_inbox
insert into inbox ({inbox}) select {inbox} from early_inbox on conflict do nothing

-- name: forget_known
-- One that the firm's old cell knows as well is the old one's.
delete from early_deliveries as early
using deliveries
where deliveries.firm_id = %(firm_id)s and deliveries.kind = early.kind
  and deliveries.subject_id = early.subject_id

-- name: join_lanes
insert into lanes (firm_id, kind, case_integration_id, held_for)
select distinct firm_id, kind, case_integration_id, %(firm_unknown)s from early_deliveries
on conflict (firm_id, kind, case_integration_id) do update
set held_for = excluded.held_for, ready_at = null  -- the next look at holds puts it right

-- name: join_deliveries
insert into deliveries ({deliveries})
select {deliveries} from early_deliveries order by delivery_id
