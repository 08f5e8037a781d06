-- Replay or discard over everything that matched a selection when it was counted. `firm_ids`: whose deliveries
-- it may touch, null for all firms. `after_id` is the last delivery that was looked at.
create table bulk_operations (
    bulk_id      bigserial primary key,
    kind         text not null check (kind in ('replay', 'discard')),
    firm_ids     text[],
    selection    jsonb not null,
    state        text not null default 'counted'
        check (state in ('counted', 'confirmed', 'running', 'done', 'cancelled')),
    counted      bigint not null,
    done         bigint not null default 0,
    after_id     bigint not null default 0,
    why          text not null default '',
    counted_by   text not null,
    counted_at   timestamptz not null default now(),
    confirmed_by text,
    confirmed_at timestamptz,
    touched_at   timestamptz not null default now(),
    ended_by     text,
    ended_at     timestamptz
);

create index bulk_operations_at_work on bulk_operations (touched_at, bulk_id)
    where state in ('confirmed', 'running');

-- An operation is seen by whoever reaches all its firms.
alter table bulk_operations enable row level security;
create policy all_its_firms on bulk_operations for all
    using ((select casebridge_all_firms()) or firm_ids <@ (select casebridge_firms())::text[]);

-- A rejected event may be given up: its bytes go, and why it was rejected stays.
alter table rejected_events
    add column if not exists discarded_at timestamptz,
    add column if not exists discarded_why text;
drop index rejected_events_open;
create index rejected_events_open on rejected_events (id) where replayed_at is null and discarded_at is null;
