-- API keys: the digest of the secret, never the secret. Keys stay when they are over, so that the past can be told.
-- `firms` is null for all firms; a key whose firms were all deleted has an empty list, and reaches nothing.
create table api_keys (
    key_id      bigint generated always as identity primary key,
    digest      bytea not null unique,
    begins      text not null,
    name        text not null,
    scopes      text[] not null,
    firms       text[] collate "C",
    made_at     timestamptz not null,
    made_by     text not null,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    used_at     timestamptz,
    followed_by bigint references api_keys (key_id)
);

alter table api_keys enable row level security;
create policy of_those_who_reach_all_its_firms on api_keys for all
using ((select casebridge_all_firms()) or (cardinality(firms) > 0 and firms <@ (select casebridge_firms())::text[]));
