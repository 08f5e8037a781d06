-- The states of operations at work stand here in letters: a partial index is on them.

-- part: columns
bulk_id, kind, firm_ids, selection, state, counted, counted_by, counted_at, done, after_id, why, confirmed_by,
confirmed_at, ended_by, ended_at

-- name: bounds
-- Numbers that were given so far; of transactions, too, that have not committed.
select coalesce(pg_sequence_last_value(pg_get_serial_sequence('deliveries', 'delivery_id')::regclass), 0),
       coalesce(pg_sequence_last_value(pg_get_serial_sequence('delivery_attempts', 'attempt_id')::regclass), 0)

-- name: forget
delete from bulk_operations
where state = %(counted_state)s and counted_at < statement_timestamp() - interval '1 day'

-- name: add
insert into bulk_operations (kind, firm_ids, selection, counted, counted_by)
values (%(kind)s, %(firm_ids)s, %(selection)s, %(counted)s, %(by)s)
returning {columns}

-- name: get
select {columns} from bulk_operations where bulk_id = %(bulk_id)s

-- name: list
select {columns}
from bulk_operations
where confirmed_at is not null and bulk_id < %(before)s
  and (%(firms)s::text[] is null or firm_ids <@ %(firms)s::text[])
order by bulk_id desc
limit %(limit)s

-- name: confirm
update bulk_operations
set state = %(confirmed)s, confirmed_by = %(by)s, confirmed_at = statement_timestamp(), why = %(why)s,
    touched_at = statement_timestamp()
where bulk_id = %(bulk_id)s and state = %(counted_state)s

-- name: cancel
update bulk_operations
set state = %(cancelled)s, ended_by = %(by)s, ended_at = statement_timestamp()
where bulk_id = %(bulk_id)s and state = any(%(stoppable)s)

-- name: take
select {columns}
from bulk_operations
where state in ('confirmed', 'running')
order by touched_at, bulk_id
limit 1
for update skip locked

-- name: advance
update bulk_operations
set done = done + %(done)s,
    after_id = coalesce(%(after)s, after_id),
    state = case when %(after)s::bigint is null then %(done_state)s else %(running)s end,
    touched_at = statement_timestamp(),
    ended_at = case when %(after)s::bigint is null then statement_timestamp() end
where bulk_id = %(bulk_id)s and state in ('confirmed', 'running')

-- name: is_any_left
select exists (
    select
    from bulk_operations
    where state in ('confirmed', 'running') and touched_at < statement_timestamp() - interval '1 minute'
)
