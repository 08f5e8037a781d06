-- Letters to people: who gets them, those on their way, and what was told to whom.

create table letter_recipients (
    firm_id    text collate "C" not null,
    address    text collate "C" not null,
    problems   boolean not null,
    exceptions boolean not null,
    trouble    text,
    added_at   timestamptz not null default now(),
    primary key (firm_id, address)
);

create table letters (
    letter_id  bigserial primary key,
    firm_id    text collate "C" not null,
    address    text collate "C" not null,
    kind       text collate "C" not null,
    key        text collate "C" not null,
    written_at timestamptz not null default now(),
    tries      integer not null default 0,
    due_at     timestamptz default now(),  -- null: it was sent, or given up
    ended_at   timestamptz,
    unique (firm_id, address, kind, key)
);

create index letters_due on letters (due_at) where due_at is not null;
create index letters_ended on letters (ended_at) where ended_at is not null;

-- An issue is told of once when it came up and once when it is over.
create table letter_issues (
    issue_id     bigint not null,
    address      text collate "C" not null,
    firm_id      text collate "C" not null,
    letter_id    bigint not null,
    over_letter  bigint,
    primary key (issue_id, address)
);

create index letter_issues_by_letter on letter_issues (letter_id);
create index letter_issues_open on letter_issues (issue_id) where over_letter is null;
create index letter_issues_over on letter_issues (over_letter) where over_letter is not null;

create table letter_runs (
    run_id  bigint not null,
    firm_id text collate "C" not null,
    address text collate "C" not null,
    primary key (run_id, address)
);

select casebridge_guard('letter_recipients');
select casebridge_guard('letters');
select casebridge_guard('letter_issues');
select casebridge_guard('letter_runs');
