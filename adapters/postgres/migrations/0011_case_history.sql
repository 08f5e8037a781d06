-- What changed about a case, field by field, and in which run.
create table case_changes (
    change_id      bigserial primary key,
    firm_id        text collate "C" not null,
    integration_id text collate "C" not null,
    run_id         bigint not null,
    field          text not null,
    old            jsonb,
    new            jsonb,
    at             timestamptz not null default now()
);

create index case_changes_by_case on case_changes (firm_id, integration_id, change_id);

-- Cases that something is wrong with, apart from any window: they are tried again every night, and at once
-- when the setting that stood in their way changes. `skipped` ones are not imported; the others keep what they
-- had. `tried_with` is the version of the firm's settings at the last try.
create table case_problems (
    firm_id        text collate "C" not null,
    integration_id text collate "C" not null,
    reason         text not null,
    skipped        boolean not null,
    readable_id    text not null,
    client         text not null,
    scope          text not null,
    name           text not null,
    modified_at    timestamptz,
    tried_in       bigint not null,
    tried_with     integer not null,
    first_seen_at  timestamptz not null default now(),
    last_tried_at  timestamptz not null default now(),
    primary key (firm_id, integration_id)
);

-- A result row says what a person wants to read, also about cases that are stored nowhere else.
alter table run_results add column client text not null default '';
alter table run_results add column detail text not null default '';

-- How many cases the server says are left, where it says so.
alter table runs add column cases_left integer;

-- The daily exception report of each firm.
create table exception_reports (
    firm_id  text collate "C" not null,
    day      date not null,
    document jsonb not null,
    made_at  timestamptz not null default now(),
    primary key (firm_id, day)
);
