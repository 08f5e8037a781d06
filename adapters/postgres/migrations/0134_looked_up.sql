-- outside a transaction
-- Whoever asks for an id does not say of which firm: these are found by the id first, with all firms' at one place.
-- One firm's are found by them as well, since both are given there; so each takes the place of one by the firm.
-- Built while everybody goes on reading and writing.

-- step
create unique index concurrently if not exists deliveries_of_subject on deliveries (subject_id, firm_id, kind);

-- step
-- What asks for one firm, kind and id finds the new one. It waits for others for a second at most.
alter table deliveries drop constraint if exists deliveries_firm_id_kind_subject_id_key;

-- step
create index concurrently if not exists deliveries_of_note on deliveries (note_id, firm_id)
    where kind = 'message-sent' and note_id is not null;

-- step
drop index concurrently if exists deliveries_by_note;

-- step
create index concurrently if not exists inbox_of_stored on inbox (stored_id, firm_id) where stored_id is not null;

-- step
drop index concurrently if exists inbox_stored;

-- step
-- Of what is left of deliveries alone: an event that comes in pays nothing for it.
create index concurrently if not exists inbox_left_of on inbox (subject_id, firm_id) where state is not null;

-- step
create index concurrently if not exists seen_notes_of_note on seen_notes (note_id, firm_id);

-- step
create index concurrently if not exists cases_of_id on cases (integration_id, firm_id);
