-- How often one thing has met an error that nobody foresaw, one time after the other: a job, a note, the notes of a
-- case. What has met it often is set aside for a while.
create table tries (
    firm_id text collate "C" not null,
    thing   text collate "C" not null,
    key     text collate "C" not null,
    times   integer not null default 1,
    last_at timestamptz not null default now(),
    primary key (firm_id, thing, key)
);
select casebridge_guard('tries');

-- The same of what is to be published; `again_at` is when one that is set aside has its next turn.
alter table outbox add column tries integer not null default 0, add column again_at timestamptz;

-- A list of one firm's deliveries, whatever their state, ends with what it shows.
create index deliveries_of_firm on deliveries (firm_id, delivery_id);

-- Messages and documents that were taken in before ids were read as numbers wait under an id of another spelling
-- (0300003, a blank, a plus, foreign digits), whose case never comes: they go to the lane of their case. What was
-- delivered stays. None of them was ever sent, as no case has such an id here.
create table moved as
select delivery_id, firm_id, kind, case_integration_id as before, substring(plain from '^[+]?0*([1-9][0-9]*)$') as after
from deliveries
cross join lateral translate(
    btrim(case_integration_id, E' \t\n\r\f\v' || U&'\00A0\2007\202F\3000\FEFF'),
    U&'\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669'
        || U&'\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9',
    '012345678901234567890123456789'
) as plain
where phase in ('open', 'held', 'failed')
  and case_integration_id !~ '^[1-9][0-9]*$'
  and plain ~ '^[+]?0*[1-9][0-9]*$'
  and not exists (
      select from cases
      where cases.firm_id = deliveries.firm_id and cases.integration_id = deliveries.case_integration_id
  );

-- Lanes first, in the order in which all take them. New ones rest until it is known what is in them.
insert into lanes (firm_id, kind, case_integration_id)
select distinct firm_id, kind, after
from moved
order by firm_id, kind, after
on conflict do nothing;

create table touched as
select lanes.firm_id, lanes.kind, lanes.case_integration_id, lanes.owner is null as is_free
from lanes
where exists (
    select from moved
    where moved.firm_id = lanes.firm_id and moved.kind = lanes.kind
      and lanes.case_integration_id in (moved.before, moved.after)
)
order by lanes.firm_id, lanes.kind, lanes.case_integration_id
for update of lanes;

-- Where the case is here, the next tick lets them go; where not, its import is tried.
update deliveries
set case_integration_id = moved.after,
    state = case when waits then 'held' else state end,
    reason = case when waits then 'case_being_imported' else reason end,
    detail = case when waits then null else detail end
from moved
cross join lateral (
    select deliveries.phase in ('open', 'held') and deliveries.state in ('pending', 'sending', 'held')
        and coalesce(deliveries.reason, '') in ('', 'case_being_imported', 'case_not_imported') as waits
    from deliveries
    where deliveries.delivery_id = moved.delivery_id
) as found
where deliveries.delivery_id = moved.delivery_id;

-- As whoever changes deliveries does (adapters/postgres/deliveries/settling.sql). A lane that a worker holds is
-- settled by that worker, when it gives it back.
update lanes
set ready_at = case
        when first.state = 'held' then null
        when first.state in ('retrying', 'unknown') then coalesce(first.run_at, statement_timestamp())
        when first.state is not null then statement_timestamp()
    end,
    held_for = case when first.state = 'held' then coalesce(first.reason, 'held') end
from touched
left join lateral (
    select state, run_at, reason
    from deliveries
    where deliveries.firm_id = touched.firm_id and deliveries.kind = touched.kind
      and deliveries.case_integration_id = touched.case_integration_id
      and phase in ('open', 'held')
    order by touched.kind = 'document-uploaded' and state = 'held',
             case when touched.kind = 'document-uploaded' and state in ('retrying', 'unknown') then run_at end
                 nulls first,
             occurred_at, delivery_id
    limit 1
) as first on true
where lanes.firm_id = touched.firm_id and lanes.kind = touched.kind
  and lanes.case_integration_id = touched.case_integration_id and touched.is_free;

drop table moved, touched;
