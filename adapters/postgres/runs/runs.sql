-- The state `waiting` stands here in letters: a partial index of the table needs it.

-- part: run_columns
run_id, firm_id, trigger, window_since, window_until, state, started_at, cursor, pages, failures, reason,
version, cases_left, ended_at, then_trigger, cut_short

-- name: insert
insert into runs (firm_id, trigger, window_since, window_until, state)
values (%(firm_id)s, %(trigger)s, %(since)s, %(until)s, 'waiting')
on conflict (firm_id) where state = 'waiting' do nothing
returning {run_columns}

-- name: insert_many
insert into runs (firm_id, trigger, window_since, window_until, state)
select firm_id, %(trigger)s, since, until, 'waiting'
from unnest(%(firm_ids)s::text[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[]) as new (firm_id, since, until)
order by firm_id collate "C"
on conflict (firm_id) where state = 'waiting' do nothing
returning firm_id, run_id

-- name: open
select {run_columns}
from runs
where firm_id = %(firm_id)s and state = 'waiting'

-- name: get
select {run_columns}
from runs
where run_id = %(run_id)s

-- name: list
select {run_columns}
from runs
where %(before)s::bigint is null or run_id < %(before)s
order by run_id desc
limit %(limit)s

-- name: list_of_firms
-- Each firm is asked through its own index, and for no more than a page.
select found.*
from unnest(%(firms)s::text[]) as wanted (firm_id)
cross join lateral (
    select {run_columns}
    from runs
    where runs.firm_id = wanted.firm_id and (%(before)s::bigint is null or run_id < %(before)s)
    order by run_id desc
    limit %(limit)s
) as found
order by found.run_id desc
limit %(limit)s

-- name: follow_with
update runs
set then_trigger = case when then_trigger = %(reset)s then then_trigger else %(trigger)s end
where run_id = %(run_id)s and state = 'waiting'

-- name: record
insert into runs (firm_id, trigger, window_since, window_until, state, started_at, ended_at, pages)
values (%(firm_id)s, %(trigger)s, %(at)s, %(at)s, %(finished)s, %(at)s, %(at)s, 1)
returning {run_columns}

-- name: advance
update runs
set cursor = %(cursor)s, pages = pages + 1, failures = 0, version = version + 1, rests_until = null,
    cases_left = %(cases_left)s, cut_short = 0
where run_id = %(run_id)s and state = 'waiting' and version = %(version)s

-- name: store_results
insert into run_results (run_id, integration_id, firm_id, outcome, readable_id, skip, changed, client, detail)
select %(run_id)s, integration_id, %(firm_id)s, outcome, readable_id, skip, changed, client, detail
from jsonb_to_recordset(%(rows)s::jsonb) as result (
    integration_id text, outcome text, readable_id text, skip text, changed text[], client text, detail text
)
on conflict (run_id, integration_id) do update
set outcome = excluded.outcome,
    readable_id = excluded.readable_id,
    skip = excluded.skip,
    changed = excluded.changed,
    client = excluded.client,
    detail = excluded.detail
where run_results.outcome = %(unchanged)s

-- name: put_off
update runs
set failures = failures + 1, version = version + 1, rests_until = %(until)s, reason = %(reason)s,
    cut_short = 0
where run_id = %(run_id)s and state = 'waiting' and version = %(version)s

-- name: due_without_job
select run_id, firm_id
from runs
where state = 'waiting'
  and (rests_until is null or rests_until <= statement_timestamp())
  and not exists (
      select from firms
      where firms.firm_id = runs.firm_id and firms.paused_until > statement_timestamp()
  )
  and not exists (select from jobs where jobs.name = %(job)s and jobs.run_id = runs.run_id)
order by run_id

-- name: finish
-- When a firm's night was good last stands in the firm's row: firms are listed by it, and runs are not kept for ever.
with ended as (
    update runs
    set state = %(state)s, reason = %(reason)s, ended_at = statement_timestamp()
    where run_id = %(run_id)s and state = 'waiting'
    returning firm_id, trigger, ended_at
), good as (
    update firms
    set good_at = ended.ended_at
    from ended
    where firms.firm_id = ended.firm_id and %(is_good)s and ended.trigger = any(%(over_a_window)s)
)
select firm_id from ended

-- name: counts
select outcome, skip, count(*)
from run_results
where run_id = %(run_id)s
group by outcome, skip

-- name: results
-- A client's name stands in the row only where the case is stored nowhere else. An id may be empty: so what is behind
-- `after` is said as a range that an index serves, whether there is one or not.
select result.integration_id, result.outcome, result.readable_id, result.skip, result.changed,
       case
           when result.client <> '' or cases.firm_id is null then result.client
           else trim(cases.client_first_name || ' ' || cases.client_last_name)
       end,
       result.detail
from run_results as result
left join cases on cases.firm_id = result.firm_id and cases.integration_id = result.integration_id
where result.run_id = %(run_id)s
  and result.integration_id >= %(since)s collate "C" and result.integration_id is distinct from %(after)s::text
  and (%(outcome)s::text is null or result.outcome = %(outcome)s)
  and (%(skip)s::text is null or result.skip = %(skip)s)
order by result.integration_id
limit %(limit)s

-- name: last_seen
-- Through the primary keys of a bounded number of runs: an index by case would be paid for at every import.
select run_results.run_id, coalesce(newest.ended_at, newest.started_at), outcome, skip, detail
from (
    select run_id, started_at, ended_at
    from runs
    where firm_id = %(firm_id)s
    order by run_id desc
    limit 60
) as newest
join run_results using (run_id)
where run_results.integration_id = %(integration_id)s
order by run_results.run_id desc
limit 1

-- name: forget_set
delete from run_sets where run_id = %(run_id)s

-- name: meet
insert into run_sets (run_id, firm_id, integration_id)
select %(run_id)s, %(firm_id)s, met from unnest(%(integration_ids)s::text[]) as met
on conflict do nothing

-- name: count_met
select count(*) from run_sets where run_id = %(run_id)s

-- name: closing
select integration_id
from cases
where firm_id = %(firm_id)s and not closed and closes_at <= %(now)s
  and not exists (
      select from run_results
      where run_results.run_id = %(run_id)s and run_results.integration_id = cases.integration_id
  )
order by integration_id
limit %(limit)s

-- name: unseen
-- A difference of sets, no anti-join: by statistics that are older than the run it has one row, and all of
-- its rows would be read again for each case.
select integration_id
from cases
where firm_id = %(firm_id)s and not closed
except
select integration_id
from run_results
where run_id = %(run_id)s
order by integration_id
limit %(limit)s
