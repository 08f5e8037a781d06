-- The connection page: links that are good once, the browser sessions they open, and consents under way. Secrets
-- that a browser holds are stored as SHA-256 digests; the verifier of a consent is encrypted.
create table connect_links (
    link_hash  bytea primary key,
    firm_id    text collate "C" not null,
    expires_at timestamptz not null
);

create table connect_sessions (
    session_hash bytea primary key,
    firm_id      text collate "C" not null,
    expires_at   timestamptz not null
);

create table connect_states (
    state_hash   bytea primary key,
    session_hash bytea not null,
    firm_id      text collate "C" not null,
    key_id       text not null,
    nonce        bytea not null,
    ciphertext   bytea not null,
    expires_at   timestamptz not null
);

create index connect_states_by_session on connect_states (session_hash);
