-- The states `waiting` and `running` stand here in letters: two partial indexes of the table need them.

-- name: lock
select pg_advisory_xact_lock(%(class)s, hashtext(%(firm_id)s))

-- name: room
-- The firm's seats, those taken, and those taken by jobs other than the one that goes first.
with seat as (
    select name <> %(first)s as is_others
    from jobs
    where name = any(%(names)s) and firm_id = %(firm_id)s and state = 'running'
      and lease_until > statement_timestamp()
    union all
    select false
    from hand_seats
    where firm_id = %(firm_id)s and lease_until > statement_timestamp()
      and (is_taken or not %(by_hand)s)
)
select coalesce((settings ->> 'concurrency')::integer, %(concurrency)s),
       (select count(*) from seat),
       (select count(*) from seat where is_others)
from firms
where firm_id = %(firm_id)s

-- name: parked
select job_id, name from parked_jobs where firm_id = %(firm_id)s

-- name: wake
with woken as (
    delete from parked_jobs
    where job_id = any(%(job_ids)s::bigint[])
    returning job_id, name, firm_id
)
select enter_outbox(firm_ids => array_agg(firm_id), queues => array_agg(name), job_ids => array_agg(job_id))
from (
    select job_id, name, firm_id from woken order by array_position(%(job_ids)s::bigint[], job_id)
) as added

-- name: firms_with_parked
-- Tried for, never waited for: a firm whose lock is held is just being seen to.
select firm_id
from (select distinct firm_id from parked_jobs) as firm
where pg_try_advisory_xact_lock(%(class)s, hashtext(firm_id))

-- name: forget_lost
-- As `drop_lost` for jobs.
delete from hand_seats
where seat_id in (
    select seat_id
    from hand_seats
    where case
        when %(owners)s::text[] is not null then owner = any(%(owners)s::text[])
        when owner is null then lease_until <= statement_timestamp()
        else split_part(owner, '/', 1) in (select process_id::text from processes where gone_at is not null)
    end
    for update skip locked
)

-- name: ask
insert into hand_seats (firm_id, is_taken, owner, lease_until)
values (%(firm_id)s, false, %(owner)s, 'infinity')
returning seat_id

-- name: firm
select firm_id from hand_seats where seat_id = %(seat_id)s

-- name: rivals
select count(*) filter (where seat_id < %(seat_id)s and not is_taken),
       count(*) filter (where seat_id = %(seat_id)s and is_taken)
from hand_seats
where firm_id = %(firm_id)s and lease_until > statement_timestamp()

-- name: take
update hand_seats
set is_taken = true
where seat_id = %(seat_id)s and lease_until > statement_timestamp()

-- name: leave
delete from hand_seats where seat_id = %(seat_id)s
