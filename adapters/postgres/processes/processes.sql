-- Processes and their signs of life (ADR 97). Each statement is a transaction of its own where the heart runs it.

-- name: begin
insert into processes (kind, host, version, threads)
values (%(kind)s, %(host)s, %(version)s, %(threads)s)
returning process_id

-- name: renew
-- This row alone, and in place.
update processes
set seen_at = clock_timestamp()
where process_id = %(process_id)s and gone_at is null
returning seen_at

-- name: end
update processes
set gone_at = clock_timestamp(), calls_until = clock_timestamp()
where process_id = %(process_id)s and gone_at is null

-- name: look
select statement_timestamp(), pg_postmaster_start_time()

-- name: declare_gone
-- A statement that comes late, because the server stood still, declares nobody: those it stood still for
-- could not renew. A row that is being renewed is passed over.
with silent as materialized (
    select process_id
    from processes
    where gone_at is null
      and seen_at < statement_timestamp() - %(gone_after)s::interval
      and statement_timestamp() <= %(looked_at)s::timestamptz + %(look_within)s::interval
    order by process_id
    for no key update skip locked
)
update processes
set gone_at = statement_timestamp(), calls_until = statement_timestamp() - %(quiet)s::interval
from silent
where processes.process_id = silent.process_id
returning processes.process_id

-- name: forget_gone
-- Claims ask whether their process is alive, so nothing can name these any more.
delete from processes
where gone_at < statement_timestamp() - %(longer_than)s::interval

-- name: holding
-- The state stands in letters: a partial index needs it.
with named as (
    select %(process_id)s::bigint || '/' as first, %(process_id)s::bigint || '0' as behind
)
select lanes.owner
from named
join lanes on lanes.owner ~>=~ named.first and lanes.owner ~<~ named.behind
union
select jobs.owner
from jobs
where jobs.state = 'running' and split_part(jobs.owner, '/', 1) = %(process_id)s::bigint::text
union
select hand_seats.owner
from hand_seats
where split_part(hand_seats.owner, '/', 1) = %(process_id)s::bigint::text

-- name: all
select process_id, kind, host, version, threads, started_at, seen_at, gone_at
from processes
order by gone_at is not null, seen_at desc, process_id

-- name: jobs
-- The state stands in letters: a partial index needs it.
select owner, name, firm_id, run_id
from jobs
where state = 'running' and owner is not null
order by job_id

-- name: cases
select split_part(owner, '/', 1), count(*)
from lanes
where owner is not null and place is not null
group by 1

-- name: seats
select split_part(owner, '/', 1), count(*)
from hand_seats
where owner is not null
group by 1
