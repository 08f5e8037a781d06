-- Cases as Case Status keeps them. The client's columns are set on import and not overwritten afterwards.
create table cases (
    firm_id           text collate "C" not null,
    integration_id    text collate "C" not null,
    readable_id       text not null,
    practice_area     text,
    stage             text,
    lead_attorney     jsonb not null,
    attorneys         jsonb not null,
    paralegals        jsonb not null,
    description       text not null,
    case_date         date,
    closed            boolean not null,
    client_first_name text not null,
    client_last_name  text not null,
    client_phone      text not null,
    client_email      text,
    modified_at       timestamptz not null,
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    primary key (firm_id, integration_id)
) with (fillfactor = 90);

-- `version` tells two workers on one run apart; a run rests until `rests_until` after a failed slice.
create table runs (
    run_id       bigserial primary key,
    firm_id      text collate "C" not null,
    trigger      text not null,
    window_since timestamptz not null,
    window_until timestamptz not null,
    state        text not null check (state in ('waiting', 'finished', 'failed', 'cancelled')),
    reason       text,
    cursor       jsonb,
    pages        integer not null default 0,
    failures     integer not null default 0,
    version      integer not null default 0,
    rests_until  timestamptz,
    started_at   timestamptz not null default now(),
    ended_at     timestamptz
);

create unique index runs_one_open on runs (firm_id) where state = 'waiting';
create index runs_by_firm on runs (firm_id, run_id);

-- No foreign key to runs: its check a row would cost a third of an import's writing, and rows are written
-- only by the transaction that has just advanced their run.
create table run_results (
    run_id         bigint not null,
    integration_id text collate "C" not null,
    firm_id        text collate "C" not null,
    outcome        text not null,
    readable_id    text not null,
    skip           text,
    changed        text[] not null,
    primary key (run_id, integration_id)
);
