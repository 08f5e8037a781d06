-- The states `waiting` and `running` stand here in letters: two partial indexes of the table need them.

-- name: enqueue
-- A job that waits already is counted up, which locks it: it cannot start before our commit, so it sees
-- the change on whose account it was asked for. In the order of the firms, against deadlocks.
with asked as (
    insert into jobs (name, firm_id, run_id, state)
    select %(name)s, firm_id, run_id, 'waiting'
    from unnest(%(firm_ids)s::text[], %(run_ids)s::bigint[]) as firm (firm_id, run_id)
    order by firm_id collate "C"
    on conflict (name, firm_id, run_id) where state = 'waiting' do update
    set asked = jobs.asked + 1
    returning job_id, name, firm_id, asked
)
select enter_outbox(firm_ids => array_agg(firm_id), queues => array_agg(name), job_ids => array_agg(job_id))
from (select job_id, name, firm_id from asked where asked = 0 order by job_id) as added

-- name: lock_seats_of
select name, firm_id, pg_advisory_xact_lock(%(class)s, hashtext(firm_id))
from jobs
where job_id = %(job_id)s and state = 'waiting'

-- name: start
with unparked as (
    delete from parked_jobs
    where job_id = %(job_id)s
)
update jobs
set state = 'running', owner = %(owner)s, lease_until = 'infinity'
where job_id = %(job_id)s and state = 'waiting'
  and exists (select from processes where process_id = %(process_id)s and gone_at is null)
returning job_id, name, firm_id, run_id

-- name: park
insert into parked_jobs (job_id, firm_id, name)
select job_id, firm_id, name
from jobs
where job_id = %(job_id)s and state = 'waiting'
on conflict (job_id) do nothing

-- name: running
select count(*)
from jobs
where name = %(name)s and firm_id = %(firm_id)s and state = 'running'
  and lease_until > statement_timestamp()

-- name: finish
delete from jobs where job_id = %(job_id)s and state = 'running'

-- name: drop_lost
-- Those of the owners given; or those of processes that are gone, and those of the release before this one whose
-- lease has run out.
delete from jobs
where job_id in (
    select job_id
    from jobs
    where state = 'running'
      and case
          when %(owners)s::text[] is not null then owner = any(%(owners)s::text[])
          when owner is null then lease_until <= statement_timestamp()
          else split_part(owner, '/', 1) in (
              select process_id::text from processes where gone_at is not null
          )
      end
    for update skip locked
)
returning name, firm_id, run_id

-- name: note_cut_short
update runs
set cut_short = cut_short + 1
where run_id = any(%(run_ids)s::bigint[]) and state = 'waiting'

-- name: republish
-- What still waits in the outbox is not put there a second time: an outage of the broker must not fill it.
with unheard as materialized (
    select job_id
    from jobs
    where state = 'waiting' and published_at < statement_timestamp() - %(waiting)s::interval
      and not exists (select from parked_jobs where parked_jobs.job_id = jobs.job_id)
    order by name desc, firm_id, run_id
    for update skip locked
),
republished as (
    update jobs
    set published_at = statement_timestamp()
    from unheard
    where jobs.job_id = unheard.job_id
    returning jobs.job_id, jobs.name, jobs.firm_id
)
select (select count(*) from republished),
       enter_outbox(firm_ids => array_agg(firm_id), queues => array_agg(name), job_ids => array_agg(job_id))
from (
    select job_id, name, firm_id
    from republished
    where not exists (
        select from outbox where outbox.job_id = republished.job_id and outbox.published_at is null
    )
    order by job_id
) as added

-- name: open_slot
insert into slots (job, due_at, done_at)
select %(job)s, %(due_at)s,
       case when %(is_nightly)s and not exists (select from slots where job = %(job)s)
            then statement_timestamp() end
on conflict (job, due_at) do nothing

-- name: claim_slot
-- The newest, or none: an older one must not be taken while another scheduler has the newest.
select due_at
from slots
where job = %(job)s and done_at is null
  and due_at = (select max(due_at) from slots where job = %(job)s and done_at is null)
for update skip locked

-- name: begin_round
insert into rounds (job, due_at, reached, moved_at)
values (%(job)s, %(due_at)s, 0, %(due_at)s)
on conflict (job) do update
set due_at = excluded.due_at, reached = 0, moved_at = excluded.moved_at
where rounds.due_at < excluded.due_at

-- name: claim_round
select due_at, reached, moved_at
from rounds
where job = %(job)s and reached < %(places)s
for update skip locked

-- name: move_round
update rounds
set reached = %(reached)s, moved_at = %(moved_at)s
where job = %(job)s and due_at = %(due_at)s

-- name: slots_done
update slots
set done_at = statement_timestamp()
where job = %(job)s and done_at is null and due_at <= %(due_at)s

-- name: forget_slots
-- Nobody reads old slots; a few days of them help to see what happened.
delete from slots
where job = %(job)s and done_at is not null and due_at < %(due_at)s::timestamptz - interval '7 days'
