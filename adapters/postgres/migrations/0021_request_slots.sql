-- When each firm's next request may be sent, by this server's clock. Not logged: after a crash every firm
-- begins anew, at most a second's worth of requests too early.
create unlogged table request_slots (
    firm_id text collate "C" primary key,
    next_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
