-- name: now
select clock_timestamp()

-- name: at_work
-- Whoever began before `since` may not know that the firm rests. Of transactions of other programs those count that
-- have written something.
select
    (
        select count(*)
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and xact_start <= %(since)s
          and (application_name like 'casebridge%%' or backend_xid is not null)
    ),
    (select count(*) from lanes where firm_id = %(firm_id)s and owner is not null),
    (select count(*) from jobs where firm_id = %(firm_id)s and state = 'running'),
    (select count(*) from hand_seats where firm_id = %(firm_id)s),
    (select count(*) from outbox where published_at is null and kind is not null and firm_id = %(firm_id)s)

-- name: begin_reading
set transaction isolation level repeatable read, read only

-- name: no_limit
-- A large firm takes as long as it takes. What the server does not know it cannot limit.
select set_config(name, '0', true)
from pg_settings
where name in ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')

-- name: secrets
select key_id, nonce, ciphertext, token_key_id, token_nonce, token_ciphertext
from connections
where firm_id = %(firm_id)s

-- name: put_secrets
update connections
set key_id = %(key_id)s, nonce = %(nonce)s, ciphertext = %(ciphertext)s, token_key_id = %(token_key_id)s,
    token_nonce = %(token_nonce)s, token_ciphertext = %(token_ciphertext)s
where firm_id = %(firm_id)s

-- name: has_arrived
select from firm_moves where firm_id = %(firm_id)s and state = %(arrived)s for update
