-- A firm's jobs that found all its seats taken. Rows come and go under the firm's seat lock only, never under
-- a lock of the job's own row: so waking one cannot deadlock with transactions that ask for it meanwhile.
create table parked_jobs (
    job_id    bigint primary key,
    firm_id   text collate "C" not null,
    name      text collate "C" not null,
    parked_at timestamptz not null default now()
);

create index parked_jobs_firm on parked_jobs (firm_id);

-- Seats taken, or asked for, by people's commands: work that calls SmartAdvocate outside a job.
create table hand_seats (
    seat_id     bigserial primary key,
    firm_id     text collate "C" not null,
    is_taken    boolean not null,
    lease_until timestamptz not null
);

create index hand_seats_firm on hand_seats (firm_id);
