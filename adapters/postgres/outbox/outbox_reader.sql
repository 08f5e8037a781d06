-- name: lock
select pg_try_advisory_xact_lock(%(key)s)

-- name: rows
select row_id, queue, kind, body
from outbox
where published_at is null
order by row_id
limit %(limit)s

-- name: mark
update outbox
set published_at = statement_timestamp()
where row_id = any(%(row_ids)s) and published_at is null

-- name: waiting
select exists (select from outbox where published_at is null)

-- name: purge
delete from outbox
where row_id in (
    select row_id
    from outbox
    where created_at < statement_timestamp() - %(older_than)s::interval
      and published_at < statement_timestamp() - %(older_than)s::interval
    limit %(rows)s
    for update skip locked
)
