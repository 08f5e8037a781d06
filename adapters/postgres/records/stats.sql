-- The phases of deliveries stand here in letters: partial indexes of the table need them.

-- name: deliveries
-- By the indexes of what is not done. What was delivered is not counted: that would read the whole table,
-- and the workers' counters tell it.
select kind, state, count(*),
       extract(epoch from statement_timestamp() - min(created_at) filter (where phase = 'open'))
from (
    select kind, state, phase, created_at from deliveries where phase in ('open', 'held')
    union all
    select kind, state, phase, created_at from deliveries
    where phase = 'failed' and reason is distinct from %(discarded)s
) as unfinished
group by kind, state

-- name: outbox
select count(*), coalesce(extract(epoch from statement_timestamp() - min(created_at)), 0)
from outbox
where published_at is null

-- name: unexpected
select doing, error_type, times from unexpected_errors

-- name: rejected
select count(*) from rejected_events where replayed_at is null and discarded_at is null

-- name: dead_rows
-- By the server's own count, in shared memory.
select relname, n_dead_tup
from pg_stat_user_tables
where schemaname = current_schema()
  and relname in (
      'deliveries', 'hand_seats', 'jobs', 'lanes', 'outbox', 'parked_jobs', 'processes', 'request_slots', 'slots'
  )
