-- What pages need: cases by number and by client, and the names that a firm's SmartAdvocate uses.

-- A case's number hardly ever changes, and its client never: cases that change keep their places in all of them.
create index cases_by_number on cases (firm_id, readable_id collate "C", integration_id);
create index cases_by_client on cases (firm_id, lower(client_last_name) collate "C", integration_id);
create index cases_by_company on cases (firm_id, lower(client_first_name) collate "C", integration_id)
    where client_last_name = '';

create table smartadvocate_names (
    firm_id text collate "C" not null,
    kind    text collate "C" not null,
    name    text collate "C" not null,
    within  text not null,
    cases   integer not null,
    read_at timestamptz not null default now(),
    primary key (firm_id, kind, name)
);

select casebridge_guard('smartadvocate_names');
