-- name: mark
select current_setting('casebridge.mark', true)

-- name: which
-- Server and database: no two have the same numbers and started at the same instant.
select pg_postmaster_start_time(), oid, datname from pg_database where datname = current_database()
