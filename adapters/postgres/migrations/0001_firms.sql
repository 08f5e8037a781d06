-- Key columns are compared byte by byte (collate "C"): the same order on every server and its C library,
-- which is also the order in which rows are locked.

create table firms (
    firm_id         text collate "C" primary key,
    name            text not null,
    base_url        text,
    connection      text not null
        check (connection in ('not_connected', 'connected', 'reconnect_required', 'disconnected')),
    sync_mode       text not null,
    nightly_sync    boolean not null,
    immediate       boolean not null,
    settings        jsonb not null,
    paused_until    timestamptz,
    first_synced_at timestamptz,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now()
);

-- What a firm logs in with, encrypted; the firm's id is the associated data of the cipher.
create table connections (
    firm_id    text collate "C" primary key,
    kind       text not null,
    key_id     text not null,
    nonce      bytea not null,
    ciphertext bytea not null,
    updated_at timestamptz not null default now()
);
