-- What decides which cases come over, version by version: who saved what, and when.
create table setting_versions (
    firm_id    text collate "C" not null,
    version    integer not null,
    kind       text not null,
    data       jsonb not null,
    actor      text not null,
    role       text not null,
    actor_firm text collate "C",
    at         timestamptz not null default now(),
    primary key (firm_id, version)
);
