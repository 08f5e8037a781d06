-- Firms are spread over cells, and move between them (ADR 103).

-- The cells that this database has heard of, itself among them once it has a number. `is_early`: it had given out ids
-- before it had a number; of those there is one at most among the cells that firms move between.
create table cells (
    number    integer primary key check (number between 1 and 999),
    identity  uuid not null,
    is_own    boolean not null default false,
    is_early  boolean not null default false,
    heard_at  timestamptz not null default now()
);

create unique index cells_own on cells (is_own) where is_own;

-- Where a firm's last move stands. It outlasts the firm's other rows, and is in no file.
create table firm_moves (
    firm_id      text collate "C" primary key,
    state        text not null check (state in ('leaving', 'left', 'arrived', 'here')),
    by           text not null,
    at           timestamptz not null default now(),
    digest       bytea not null,
    code         text not null default '',
    pause_until  timestamptz,
    pause_asked  interval,
    pause_call   text not null default '',
    pause_by     text not null default '',
    pause_why    text not null default ''
);

select casebridge_guard('firm_moves');
