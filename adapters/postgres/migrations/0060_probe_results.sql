-- What verifications and probes of permissions came to. The documents of verifications name clients.
create table probe_results (
    number   bigserial primary key,
    firm_id  text collate "C" not null,
    kind     text not null,
    passed   boolean not null,
    document jsonb not null,
    at       timestamptz not null default now()
);

create index probe_results_by_firm on probe_results (firm_id, kind, number);
