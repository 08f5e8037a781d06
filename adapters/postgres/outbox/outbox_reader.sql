-- name: lock
select pg_try_advisory_xact_lock(%(key)s)

-- name: rows
select row_id, queue, kind, body
from outbox
where published_at is null and (again_at is null or again_at <= statement_timestamp())
order by row_id
limit %(limit)s

-- name: mark
-- Announcements get their place in the order of their numbers, whatever order the rows are found in. Those that
-- had been set aside come back.
with published as (
    update outbox
    set published_at = statement_timestamp(),
        place = case when outbox.kind is not null then given.place end
    from (
        select row_id, nextval('outbox_place') as place
        from (select unnest(%(row_ids)s::bigint[]) as row_id order by 1) as marked
    ) as given
    where outbox.row_id = given.row_id and published_at is null
    returning outbox.firm_id, outbox.row_id, outbox.tries, outbox.kind
)
select firm_id, row_id
from published
where tries >= %(tries)s and kind is not null

-- name: mark_failed
-- What is set aside waits for its turn; an announcement among it is told of.
update outbox
set tries = tries + 1,
    again_at = case when tries + 1 >= %(tries)s then statement_timestamp() + %(for)s::interval end
where row_id = any(%(row_ids)s) and published_at is null
returning firm_id, row_id, tries >= %(tries)s and kind is not null

-- name: waiting
select exists (
    select
    from outbox
    where published_at is null and (again_at is null or again_at <= statement_timestamp())
)

-- name: listen
-- Channel.OUTBOX: a name cannot be a parameter here.
listen casebridge_outbox
