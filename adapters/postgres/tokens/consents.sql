-- name: forget_links
delete from connect_links where expires_at < statement_timestamp()

-- name: forget_sessions
delete from connect_sessions where expires_at < statement_timestamp()

-- name: forget_states
delete from connect_states where expires_at < statement_timestamp()

-- name: new_link
insert into connect_links (link_hash, firm_id, expires_at)
values (%(link)s, %(firm_id)s, statement_timestamp() + %(life)s)

-- name: open_link
with used as (
    delete from connect_links where link_hash = %(link)s returning firm_id, expires_at
)
insert into connect_sessions (session_hash, firm_id, expires_at)
select %(session)s, firm_id, statement_timestamp() + %(life)s
from used
where expires_at > statement_timestamp()

-- name: firm_of
select firm_id from connect_sessions
where session_hash = %(session)s and expires_at > statement_timestamp()

-- name: ends_at
select expires_at from connect_sessions
where session_hash = %(session)s and expires_at > statement_timestamp()

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
join connect_sessions using (session_hash, firm_id)
where session_hash = %(session)s and used.expires_at > statement_timestamp()
  and connect_sessions.expires_at > statement_timestamp()
