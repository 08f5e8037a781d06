-- Jobs: the broker carries their ids only. `asked` counts requests that met the job while it waited: the
-- count locks the row, so that the job cannot start before the request's own changes are committed.
create table jobs (
    job_id       bigserial primary key,
    name         text collate "C" not null,
    firm_id      text collate "C" not null,
    run_id       bigint,
    state        text not null check (state in ('waiting', 'running')),
    asked        integer not null default 0,
    enqueued_at  timestamptz not null default now(),
    published_at timestamptz not null default now(),
    lease_until  timestamptz
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

create unique index jobs_one_waiting on jobs (name, firm_id, run_id) nulls not distinct
    where state = 'waiting';
create index jobs_running on jobs (name, firm_id) where state = 'running';

-- What is to be published, in this order: jobs (`queue`) and announcements (`kind`). `body` is JSON.
create table outbox (
    row_id       bigserial primary key,
    queue        text,
    kind         text,
    firm_id      text collate "C" not null,
    job_id       bigint,
    body         text not null,
    created_at   timestamptz not null default now(),
    published_at timestamptz,
    check ((queue is null) <> (kind is null))
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

create index outbox_unpublished on outbox (row_id) where published_at is null;
create index outbox_unpublished_jobs on outbox (job_id) where published_at is null and job_id is not null;
-- For the purge: rows lie in the order of their creation.
create index outbox_created on outbox using brin (created_at) with (autosummarize = on);

-- The timetable's slots. Any number of schedulers open and claim them.
create table slots (
    job     text collate "C" not null,
    due_at  timestamptz not null,
    done_at timestamptz,
    primary key (job, due_at)
);

create index slots_open on slots (job, due_at) where done_at is null;
