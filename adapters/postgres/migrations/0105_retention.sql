-- The inbox is what stays for ever of a message or document: by it nothing is ever done twice. When the delivery has
-- served its time and goes (ADR 100), the row tells what became of it, and loses what only the event's way needed.
-- Rows from before need no change now: each is told when its own delivery goes, batch by batch.
alter table inbox
    alter column event_id drop not null,
    alter column source drop not null,
    add column delivery_id bigint,
    add column case_integration_id text collate "C",
    add column state text,
    add column ended_at timestamptz,
    add column stored_id text;
comment on column inbox.stored_id is 'SmartAdvocate''s id of the note or document, once the delivery is gone';

-- How far removal has come, by what is removed: what is older than `reached_at` and may go is gone.
create table removals (
    name       text collate "C" primary key,
    reached_at timestamptz,
    ended_at   timestamptz,
    removed    bigint not null default 0
) with (fillfactor = 50);
