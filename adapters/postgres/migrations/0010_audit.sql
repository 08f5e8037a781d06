-- What people changed. Rows are added and never changed.
create table audit_log (
    entry_id   bigserial primary key,
    at         timestamptz not null default now(),
    actor      text not null,
    role       text not null,
    actor_firm text collate "C",
    firm_id    text collate "C",
    action     text not null,
    detail     jsonb not null
);

create index audit_log_by_firm on audit_log (firm_id, entry_id);
