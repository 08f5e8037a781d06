-- name: wait_a_second
set local lock_timeout = '1s'

-- name: take_as_long_as_it_takes
select set_config(name, '0', false)
from pg_settings
where name in ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')

-- name: lock
select pg_try_advisory_lock(%(key)s)

-- name: half_built
select from pg_index where indexrelid = to_regclass(quote_ident(%(index)s)) and not indisvalid

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
