-- name: bearer
-- Everything a call to SmartAdvocate needs, in one reading by key.
select token_key_id, token_nonce, token_ciphertext, clock_timestamp() < renew_at,
       clock_timestamp() < expires_at, version
from connections
where firm_id = %(firm_id)s

-- part: whole_connection
kind, key_id, nonce, ciphertext, account, account_id, base_url, version, serial, failures,
token_key_id, token_nonce, token_ciphertext, clock_timestamp() < renew_at,
clock_timestamp() < expires_at,
-- From before the wait for the lock: whoever queued for an attempt that failed shares its failure.
refusal_reason, refusal, refused_until - statement_timestamp(), clock_timestamp()

-- name: read
select {whole_connection}
from connections
where firm_id = %(firm_id)s

-- name: lock
select {whole_connection}
from connections
where firm_id = %(firm_id)s
for update

-- name: wait_for_renewals
-- Longer than the two requests that a renewal may take (see `Limits.seconds` of the token endpoint), shorter
-- than what ends an idle transaction.
set local lock_timeout = '45s'

-- name: put
insert into connections (
    firm_id, kind, key_id, nonce, ciphertext, base_url, account, account_id, token_key_id, token_nonce,
    token_ciphertext, renew_at, expires_at
)
values (
    %(firm_id)s, %(kind)s, %(key_id)s, %(nonce)s, %(ciphertext)s, %(base_url)s, %(account)s, %(account_id)s,
    %(token_key_id)s, %(token_nonce)s, %(token_ciphertext)s, statement_timestamp() + %(renew_after)s,
    statement_timestamp() + %(expires_after)s
)
on conflict (firm_id) do update
set kind = excluded.kind, key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext,
    base_url = excluded.base_url, account = excluded.account, account_id = excluded.account_id,
    token_key_id = excluded.token_key_id, token_nonce = excluded.token_nonce,
    token_ciphertext = excluded.token_ciphertext, renew_at = excluded.renew_at,
    expires_at = excluded.expires_at, version = excluded.version, serial = connections.serial + 1,
    refused_until = null, refusal_reason = null, refusal = null, failures = 0,
    connected_at = statement_timestamp(), updated_at = statement_timestamp()
returning version

-- name: keep
update connections
set key_id = %(key_id)s, nonce = %(nonce)s, ciphertext = %(ciphertext)s, token_key_id = %(token_key_id)s,
    token_nonce = %(token_nonce)s, token_ciphertext = %(token_ciphertext)s,
    account = coalesce(%(account)s, account), account_id = coalesce(%(account_id)s, account_id),
    renew_at = %(asked_at)s::timestamptz + %(renew_after)s::interval,
    expires_at = %(asked_at)s::timestamptz + %(expires_after)s::interval,
    serial = serial + 1, refused_until = null, refusal_reason = null, refusal = null, failures = 0,
    updated_at = statement_timestamp()
where firm_id = %(firm_id)s

-- name: refuse
update connections
set refused_until = statement_timestamp() + %(pause)s, refusal_reason = %(reason)s, refusal = %(refusal)s,
    failures = failures + %(counts)s::int
where firm_id = %(firm_id)s

-- name: lift_pause
update connections
set refused_until = null, refusal_reason = null, refusal = null
where firm_id = %(firm_id)s and refusal_reason = %(reason)s

-- name: forget
delete from connections where firm_id = %(firm_id)s
