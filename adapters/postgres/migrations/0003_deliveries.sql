-- A lane is the queue of one case: its deliveries leave in order, one worker at a time.
--
-- `ready_at` is when the lane may be claimed: now or earlier, at a retry's time, or when its owner's lease
-- runs out. Null: at rest, because nothing is open or (`held_for`, a reason) the first open delivery is held.
-- Whoever changes deliveries of a lane locks the lane's row first, several of them in the order of the
-- primary key, and reads the deliveries in a later statement: so no wake-up is lost and nothing deadlocks.
create table lanes (
    firm_id             text collate "C" not null,
    kind                text collate "C" not null,
    case_integration_id text collate "C" not null,
    ready_at            timestamptz,
    held_for            text,
    owner               text,
    lease_until         timestamptz,
    primary key (firm_id, kind, case_integration_id),
    check (held_for is null or ready_at is null),
    check ((owner is null) = (lease_until is null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- Holds lanes with something to do only: idle cases and firms cost nothing.
create index lanes_ready on lanes (kind, firm_id, ready_at) where ready_at is not null;
create index lanes_owned on lanes (owner) where owner is not null;
create index lanes_held on lanes (held_for, firm_id, case_integration_id) where held_for is not null;

create table deliveries (
    delivery_id         bigserial primary key,
    firm_id             text collate "C" not null,
    kind                text collate "C" not null,
    subject_id          text collate "C" not null,
    case_integration_id text collate "C" not null,
    occurred_at         timestamptz not null,
    state               text not null
        check (state in ('pending', 'sending', 'delivered', 'retrying', 'held', 'failed', 'unknown')),
    -- Indexes depend on this instead of `state`, so that pending, sending and retrying follow each other
    -- without touching any index.
    phase               text not null generated always as (
        case state
            when 'delivered' then 'done'
            when 'failed' then 'failed'
            when 'held' then 'held'
            else 'open'
        end
    ) stored,
    data                jsonb not null,
    attempts            integer not null default 0,
    -- Set while an attempt may have reached SmartAdvocate unnoticed: when it ended at the latest.
    doubtful_since      timestamptz,
    first_attempt_at    timestamptz,
    run_at              timestamptz,
    reason              text,
    detail              text,
    note_id             text,
    adopted             boolean not null default false,
    delivered_at        timestamptz,
    created_at          timestamptz not null default now(),
    unique (firm_id, kind, subject_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

create index deliveries_open on deliveries (firm_id, kind, case_integration_id, occurred_at, delivery_id)
    where phase in ('open', 'held');
create index deliveries_attention on deliveries (phase, firm_id, case_integration_id)
    where phase in ('held', 'failed');
