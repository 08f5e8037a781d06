-- name: wait_for_others
set lock_timeout = '120s'

-- name: take_as_long_as_it_takes
select set_config(name, '0', false)
from pg_settings
where name in ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')

-- name: lock
select pg_advisory_lock(%(key)s)

-- name: create_table
create table if not exists schema_migrations (
    name       text primary key,
    checksum   text not null,
    applied_at timestamptz not null default now()
)

-- name: table_exists
select to_regclass('schema_migrations') is not null

-- name: applied
select name, checksum from schema_migrations

-- name: note
insert into schema_migrations (name, checksum) values (%(name)s, %(checksum)s)
