-- A process of the service: it lives as long as it renews `seen_at` (ADR 97). Whoever was not seen for some time is
-- declared gone, for ever: from then on what names it may be taken back.
--
-- The one column that is renewed is in no index, and pages have room: each renewal is an update in place (HOT).
create table processes (
    process_id  bigserial primary key,
    kind        text not null,
    host        text not null,
    version     text not null,
    threads     integer not null,
    started_at  timestamptz not null default clock_timestamp(),
    seen_at     timestamptz not null default clock_timestamp(),
    gone_at     timestamptz,
    -- Set with `gone_at`: the last moment in which it can have begun a call.
    calls_until timestamptz,
    check ((gone_at is null) = (calls_until is null))
) with (
    fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 500
);

-- They belong to no firm: only who sees all firms may look.
alter table processes enable row level security;
create policy for_all_firms on processes for all using ((select casebridge_all_firms()));
