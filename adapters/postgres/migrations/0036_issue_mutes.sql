-- Issues that nobody wants to see until a date; they are opened, counted and resolved all the same.
-- `key` is '' for all issues of the kind.
create table issue_mutes (
    firm_id text collate "C" not null,
    kind    text collate "C" not null,
    key     text collate "C" not null,
    until   timestamptz not null,
    primary key (firm_id, kind, key)
);

-- Whether what an issue is about is under way again: then it is neither resolved nor opened anew.
create index deliveries_probes on deliveries (firm_id, probe_of) where probe_of is not null;
