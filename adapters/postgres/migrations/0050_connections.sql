-- A connection has a version, another one each time the firm connects, and carries its bearer token: encrypted
-- like the credentials, renewed under the row's lock by one worker for all of them.
create sequence connection_versions;

alter table connections
    add column version          bigint not null default nextval('connection_versions'),
    add column base_url         text not null default '',
    add column account          text,
    add column account_id       text,
    add column connected_at     timestamptz not null default now(),
    add column serial           bigint not null default 0,
    add column token_key_id     text,
    add column token_nonce      bytea,
    add column token_ciphertext bytea,
    add column renew_at         timestamptz,
    add column expires_at       timestamptz,
    add column refused_until    timestamptz,
    add column refusal_reason   text,
    add column refusal          text,
    add column failures         integer not null default 0;

create index connections_keys on connections (key_id);
create index connections_token_keys on connections (token_key_id);
