create table issues (
    issue_id     bigserial primary key,
    firm_id      text collate "C" not null,
    kind         text collate "C" not null,
    key          text collate "C" not null,
    message      text not null,
    opened_at    timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    times        integer not null default 1,
    resolved_at  timestamptz
);

create unique index issues_open on issues (firm_id, kind, key) where resolved_at is null;
