-- Two-way messages. A firm's starting point: shared notes from before are nobody's messages.
create table two_way_firms (
    firm_id    text collate "C" primary key,
    since      timestamptz not null default now(),
    watched_at timestamptz
);

-- The firm's open cases, to be read in turn: `read_at` is when, `active_until` lets a case go before others.
-- `is_known` says that its notes were read once since it began (`since`); a closed case rests, and begins anew
-- when it is reopened.
create table watched_cases (
    firm_id             text collate "C" not null,
    case_integration_id text collate "C" not null,
    since               timestamptz not null,
    is_known            boolean not null default false,
    is_closed           boolean not null default false,
    read_at             timestamptz,
    active_until        timestamptz,
    primary key (firm_id, case_integration_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

create index watched_cases_turn on watched_cases (firm_id, read_at nulls first) where not is_closed;
create index watched_cases_active on watched_cases (firm_id, active_until)
    where not is_closed and active_until is not null;

-- Shared notes that were seen: announced, or there before, or our own. What is here is never announced again.
create table seen_notes (
    firm_id             text collate "C" not null,
    note_id             text collate "C" not null,
    case_integration_id text collate "C" not null,
    announced           boolean not null,
    seen_at             timestamptz not null default now(),
    primary key (firm_id, note_id)
);

-- Our own notes are recognised by their stored id first.
create index deliveries_by_note on deliveries (firm_id, note_id) where kind = 'message-sent' and note_id is not null;
-- The text of what was delivered long ago is removed; and who was written to lately is found here.
alter table deliveries add column purged_at timestamptz;
create index deliveries_unpurged on deliveries (firm_id, delivered_at) where phase = 'done' and purged_at is null;

create index firms_two_way on firms (firm_id) where settings @> '{"two_way": true}';
