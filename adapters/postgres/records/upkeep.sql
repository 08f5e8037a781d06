-- The phases of deliveries stand here in letters: partial indexes of the table need them.

-- name: count_deliveries
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

-- name: count_outbox
select count(*), coalesce(extract(epoch from statement_timestamp() - min(created_at)), 0)
from outbox
where published_at is null

-- name: count_unexpected
select doing, error_type, times from unexpected_errors

-- name: count_rejected
select count(*) from rejected_events where replayed_at is null and discarded_at is null

-- name: count_dead_rows
-- By the server's own count, in shared memory.
select relname, n_dead_tup
from pg_stat_user_tables
where schemaname = current_schema()
  and relname in (
      'deliveries', 'hand_seats', 'jobs', 'lanes', 'outbox', 'parked_jobs', 'processes', 'request_slots', 'slots'
  )

-- name: last_slots
select job, due_at, done_at, rounds.reached, rounds.moved_at
from (
    select distinct on (job) job, due_at, done_at
    from slots
    where done_at is not null
    order by job, due_at desc
) as last
left join rounds using (job, due_at)

-- name: tables
select pg_class.relname, greatest(pg_class.reltuples, 0)::bigint, coalesce(stat.n_dead_tup, 0),
       pg_total_relation_size(pg_class.oid), greatest(stat.last_vacuum, stat.last_autovacuum)
from pg_class
left join pg_stat_user_tables as stat on stat.relid = pg_class.oid
where pg_class.relkind = 'r' and pg_class.relnamespace = current_schema()::regnamespace
order by 4 desc, 1

-- name: backlogs
-- What was accepted first has the lowest number.
select waiting.firm_id, waiting.kind, waiting.number, delivery_id, created_at, state, reason, run_at
from (
    select firm_id, kind, count(*) as number, min(delivery_id) as oldest
    from deliveries
    where phase in ('open', 'held')
    group by firm_id, kind
) as waiting
join deliveries on delivery_id = waiting.oldest
order by created_at, delivery_id

-- name: oldest_deliveries
select created_at from deliveries order by delivery_id limit 1

-- name: oldest_delivery_attempts
select ended_at from delivery_attempts order by attempt_id limit 1

-- name: oldest_rejected_events
select received_at from rejected_events order by id limit 1

-- name: oldest_outbox
select created_at from outbox order by row_id limit 1

-- name: oldest_jobs
select enqueued_at from jobs order by job_id limit 1

-- name: oldest_runs
select started_at from runs order by run_id limit 1

-- name: oldest_issues
select opened_at from issues order by issue_id limit 1

-- name: oldest_audit_log
select at from audit_log order by entry_id limit 1

-- name: oldest_bulk_operations
select counted_at from bulk_operations order by bulk_id limit 1
