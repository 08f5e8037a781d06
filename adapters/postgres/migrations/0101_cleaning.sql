-- How soon PostgreSQL cleans the tables whose rows come and go all day (ADR 101). Its defaults wait until a fifth of a
-- table is dead, and pause after every few pages: so an index of what waits is full of what no longer does.

-- Small and hot. A few hundred dead rows are many times what is there, and are cleaned in milliseconds: no pauses. Nor is
-- the empty end given back, which takes a lock that keeps everybody out, to be grown again a moment later.
alter table jobs set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 1000, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off
);
alter table parked_jobs set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);
alter table hand_seats set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);
alter table request_slots set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0
);
alter table processes set (autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
alter table slots set (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off
);

-- One row of each is changed several times on its way, and what is claimed is found by an index of those that are open.
-- A share of a table that only grows is more each month: so a number, cleaned at ten times the usual pace.
alter table lanes set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_cost_limit = 2000, vacuum_truncate = off
);
alter table deliveries set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_cost_limit = 2000, toast.autovacuum_vacuum_scale_factor = 0.02
);
-- Rows are written, marked once, and deleted from the front a week later.
alter table outbox set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_cost_limit = 2000, vacuum_truncate = off
);
-- Taken up, renewed and forgotten within a day.
alter table answers set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_limit = 2000
);
alter table tries set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
alter table hold_probes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
