-- A closing date that has not come: the case is looked at again when it has, whatever window the run has.
alter table cases add column closes_at timestamptz;
create index cases_to_close on cases (firm_id, closes_at) where closes_at is not null and not closed;

-- Which cases the reading of one set has met: only while a server that keeps no order makes it necessary.
create table run_sets (
    run_id         bigint not null,
    firm_id        text collate "C" not null,
    integration_id text collate "C" not null,
    primary key (run_id, integration_id)
);
select casebridge_guard('run_sets');

alter table runs drop constraint runs_state_check;
alter table runs add constraint runs_state_check
    check (state in ('waiting', 'finished', 'incomplete', 'failed', 'cancelled')) not valid;

-- Firms had the default rule for closing written out. Where nobody has ever set it, the new default holds.
update firms
set settings = settings - 'closed'
where settings -> 'closed' = '{"status_names": ["Closed"], "closed_date_means_closed": true}'
  and not exists (
      select from setting_versions as version
      where version.firm_id = firms.firm_id and version.kind = 'closing'
  );
