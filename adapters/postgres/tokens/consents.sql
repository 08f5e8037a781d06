-- name: forget_states
delete from connect_states where expires_at < statement_timestamp()

-- name: is_open
select from sessions
where session_hash = %(session)s and ends_at > statement_timestamp() and seen_at + idle > statement_timestamp()

-- name: void
delete from connect_states where session_hash = %(session)s

-- name: begin
insert into connect_states (state_hash, session_hash, firm_id, key_id, nonce, ciphertext, expires_at)
values (%(state)s, %(session)s, %(firm_id)s, %(key_id)s, %(nonce)s, %(ciphertext)s,
        statement_timestamp() + %(life)s)

-- name: take
-- Whoever brings it, it is used up; only its own session gets anything for it.
with used as (
    delete from connect_states where state_hash = %(state)s
    returning session_hash, firm_id, key_id, nonce, ciphertext, expires_at
)
select used.firm_id, key_id, nonce, ciphertext
from used
join sessions using (session_hash)
where session_hash = %(session)s and used.expires_at > statement_timestamp()
  and ends_at > statement_timestamp() and seen_at + idle > statement_timestamp()
