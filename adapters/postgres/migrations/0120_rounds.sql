-- Daily slots go round the firms, each of which has a place of its own (core/night.py, ADR 102).
--
-- A table of its own and not columns of `slots`: to the release before this one a slot whose round has begun is done,
-- so that it does not start all firms once more.
create table rounds (
    job      text collate "C" primary key,
    due_at   timestamptz not null,
    reached  bigint not null,
    moved_at timestamptz not null
);

-- The first four bytes of the SHA-256 of the id in UTF-8, as `place_of` in the core.
create function casebridge_place(firm_id text) returns bigint language sql immutable strict parallel safe as $$
    select ('x' || encode(substr(sha256(convert_to($1, 'UTF8')), 1, 4), 'hex'))::bit(32)::bigint
$$;

create index firms_by_place on firms (casebridge_place(firm_id)) where nightly_sync and connection = 'connected';
