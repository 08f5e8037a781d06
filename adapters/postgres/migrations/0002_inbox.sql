-- Every message and document that was ever accepted: the guard against doing anything twice.
-- No reference to firms: messages of unknown firms are kept until the firm is known.
create table inbox (
    firm_id     text collate "C" not null,
    kind        text collate "C" not null,
    subject_id  text collate "C" not null,
    event_id    text not null,
    source      text not null,
    digest      text not null,
    received_at timestamptz not null default now(),
    primary key (firm_id, kind, subject_id)
);

-- Events that do not meet the contract, for a person to see and replay. `body` is null where it was too large.
create table rejected_events (
    id          bigserial primary key,
    channel     text not null,
    reason      text not null,
    detail      text not null,
    size        bigint not null,
    sha256      bytea,
    body        bytea,
    received_at timestamptz not null default now(),
    replayed_at timestamptz
);

create index rejected_events_open on rejected_events (id) where replayed_at is null;
