-- Browsers' sessions, and the links that open them: of people who signed in and of a firm's visitors to its
-- connection page. Secrets that a browser holds are stored as SHA-256 digests. `firms` is null for all firms.
-- They belong to people: the role of people and programs has no grants on either (ADR 92).
create table sign_in_links (
    link_hash  bytea primary key,
    person     text collate "C" not null,
    name       text not null,
    role       text not null,
    firms      text[] collate "C",
    way        text not null,
    idle       interval not null,
    whole      interval not null,
    expires_at timestamptz not null
);

create table sessions (
    session_id   bigint generated always as identity primary key,
    session_hash bytea not null unique,
    person       text collate "C" not null,
    name         text not null,
    role         text not null,
    firms        text[] collate "C",
    way          text not null,
    agent        text not null,
    issued_at    timestamptz not null,
    seen_at      timestamptz not null,
    idle         interval not null,
    ends_at      timestamptz not null
);

create index sessions_of_person on sessions (person);
create index sessions_ending on sessions (ends_at);

-- Who may sign in at the identity provider where its claims do not say it. Seen by whoever reaches all firms of a
-- person; nobody's is an empty list of firms.
create table people (
    name     text collate "C" primary key,
    role     text not null,
    firms    text[] collate "C" check (cardinality(firms) > 0),
    added_at timestamptz not null default now(),
    added_by text not null
);

alter table people enable row level security;
create policy of_those_who_reach_all_its_firms on people for all
using ((select casebridge_all_firms()) or firms <@ (select casebridge_firms())::text[]);

-- Visitors who are in the middle of connecting go on with the new processes.
insert into sign_in_links (link_hash, person, name, role, firms, way, idle, whole, expires_at)
select link_hash, 'firm:' || firm_id, 'connection page', 'firm-admin', array[firm_id], 'connect-link',
       interval '1 hour', interval '1 hour', expires_at
from connect_links;

insert into sessions (session_hash, person, name, role, firms, way, agent, issued_at, seen_at, idle, ends_at)
select session_hash, 'firm:' || firm_id, 'connection page', 'firm-admin', array[firm_id], 'connect-link', '',
       now(), now(), interval '1 hour', expires_at
from connect_sessions;
