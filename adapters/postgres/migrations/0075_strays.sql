-- What was written under a claim that was lost, until it is known whether somebody else wrote it too.
create table stray_ids (
    delivery_id bigint not null references deliveries on delete cascade,
    firm_id text not null,
    stored_id text not null,
    seen_at timestamptz not null default now(),
    primary key (delivery_id, stored_id)
);
select casebridge_guard('stray_ids');

-- Of all processes. Neither a firm's nor about one: the names of places in the code.
create table unexpected_errors (
    doing text not null,
    error_type text not null,
    times bigint not null default 1,
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    primary key (doing, error_type)
);
