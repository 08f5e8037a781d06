-- Every accepted message and document, each once; and events that were set aside.

-- name: insert
-- In the order of the key: two intakes with the same events wait for each other instead of deadlocking.
-- A concurrent insert of the same key is waited for, so exactly one of two gets the row back.
insert into inbox (firm_id, kind, subject_id, event_id, source, digest)
select firm_id, kind, subject_id, event_id, source, digest
from jsonb_to_recordset(%(rows)s::jsonb) as event (
    firm_id text, kind text, subject_id text, event_id text, source text, digest text
)
order by firm_id collate "C", kind collate "C", subject_id collate "C"
on conflict (firm_id, kind, subject_id) do nothing
returning firm_id, kind, subject_id

-- name: digests
select inbox.firm_id, inbox.kind, inbox.subject_id, inbox.digest
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(subject_ids)s::text[])
    as event (firm_id, kind, subject_id)
join inbox using (firm_id, kind, subject_id)

-- name: set_aside
insert into rejected_events (channel, reason, detail, size, sha256, body)
select *
from unnest(%(channels)s::text[], %(reasons)s::text[], %(details)s::text[], %(sizes)s::bigint[],
            %(digests)s::bytea[], %(bodies)s::bytea[])

-- name: rejected
select id, channel, reason, detail, size, body is not null, received_at, replayed_at
from rejected_events
where %(all)s or replayed_at is null
order by id desc
limit %(limit)s

-- name: replayable
-- Locked, so that two replays do not judge one twice.
select id, channel, body
from rejected_events
where replayed_at is null and body is not null and id > %(after)s
  and (%(ids)s::bigint[] is null or id = any(%(ids)s::bigint[]))
order by id
limit %(limit)s
for no key update skip locked

-- name: among
select id from rejected_events where id = any(%(ids)s::bigint[])

-- name: mark_replayed
update rejected_events
set replayed_at = statement_timestamp()
where id = %(id)s and replayed_at is null

-- name: explain
update rejected_events
set reason = %(reason)s, detail = %(detail)s
where id = %(id)s

-- name: purge
update rejected_events
set body = null
where id in (
    select id
    from rejected_events
    where body is not null and received_at < statement_timestamp() - %(after)s::interval
    order by received_at
    limit %(limit)s
    for no key update skip locked
)
