-- Answers to requests that carried a key of their sender's: the same request is not carried out again.
create table answers (
    actor       text collate "C" not null,
    key         text collate "C" not null,
    fingerprint bytea not null,
    taken_at    timestamptz not null default now(),
    lease_until timestamptz,
    status      integer,
    headers     jsonb,
    body        bytea,
    primary key (actor, key)
);

create index answers_taken on answers (taken_at);

-- A firm's cases in the order in which they changed here: who stores them takes turns (`cases.lock`), so whoever
-- has read up to a time and id has missed nothing before it.
create index cases_changed on cases (firm_id, updated_at, integration_id);
