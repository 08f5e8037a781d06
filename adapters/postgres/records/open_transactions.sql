-- name: oldest
-- Those that keep the server from cleaning, in this database: with a snapshot, or having written. A prepared one
-- outlives every connection. Of sessions of other users more than their name is told to members of pg_read_all_stats
-- only.
select since, held_by, is_prepared, statement_timestamp()
from (
    select xact_start as since, application_name as held_by, false as is_prepared
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
      and xact_start is not null and (backend_xid is not null or backend_xmin is not null)
    union all
    select prepared, null, true from pg_prepared_xacts where database = current_database()
) as holding
order by since
limit 1
