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

-- part: remembered_columns
firm_id, kind, subject_id, case_integration_id, delivery_id, state, received_at, ended_at, stored_id

-- name: remembered
-- By the id, of whichever firms, as `named` of deliveries.
with found as materialized (
    select {remembered_columns}
    from inbox
    where subject_id = %(name)s and state is not null
      and coalesce(firm_id = any(%(firms)s::text[]), true)
    union
    select {remembered_columns}
    from inbox
    where stored_id = %(name)s and stored_id is not null
      and coalesce(firm_id = any(%(firms)s::text[]), true)
)
select {remembered_columns}
from found
order by delivery_id desc
limit %(limit)s

-- name: set_aside
insert into rejected_events (channel, reason, detail, size, sha256, body)
select *
from unnest(%(channels)s::text[], %(reasons)s::text[], %(details)s::text[], %(sizes)s::bigint[],
            %(digests)s::bytea[], %(bodies)s::bytea[])

-- part: summary
id, channel, reason, detail, size, body is not null, received_at, replayed_at, discarded_at, discarded_why

-- part: undecided
replayed_at is null and discarded_at is null
  and (%(ids)s::bigint[] is null or id = any(%(ids)s::bigint[]))
  and (%(reason)s::text is null or reason = %(reason)s)
  and (%(newest)s::bigint is null or id <= %(newest)s)

-- name: rejected
select {summary}
from rejected_events
where (%(all)s or (replayed_at is null and discarded_at is null))
  and (%(before)s::bigint is null or id < %(before)s)
  and (%(reason)s::text is null or reason = %(reason)s)
order by id desc
limit %(limit)s

-- name: rejected_groups
select channel, reason, count(*), count(body), min(received_at), max(received_at), max(id)
from rejected_events
where replayed_at is null and discarded_at is null
group by channel, reason
order by count(*) desc, channel, reason

-- name: discard
update rejected_events
set discarded_at = statement_timestamp(), discarded_why = %(why)s, body = null
where id = any (array(
    select id
    from rejected_events
    where {undecided}
    order by id
    limit %(limit)s
    for no key update skip locked
))
returning id

-- name: rejected_one
select {summary} from rejected_events where id = %(id)s

-- name: replayable
-- Locked, so that two replays do not judge one twice.
select id, channel, body
from rejected_events
where body is not null and id > %(after)s and {undecided}
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
