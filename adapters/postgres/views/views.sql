-- The conditions `cases_where_…` take the place of what is marked as `wanted`: those that were asked for and no
-- others, because `%(x)s is null or …` would keep indexes from being used.

-- name: problem_groups
select reason, scope, name, count(*), count(*) filter (where skipped), min(first_seen_at), min(integration_id)
from case_problems
where firm_id = %(firm_id)s
group by reason, scope, name
order by min(first_seen_at), reason, scope, name
limit %(limit)s

-- name: waiting
-- In two parts, each said as the predicate of an index.
select kind, state, reason, sum(number)::bigint, min(since)
from (
    select kind, case phase when 'held' then %(held)s else %(pending)s end as state, reason, count(*) as number,
           min(created_at) as since
    from deliveries
    where firm_id = %(firm_id)s and phase in ('open', 'held')
    group by kind, phase, reason
    union all
    select kind, %(failed)s, reason, count(*), min(created_at)
    from deliveries
    where phase = 'failed' and firm_id = %(firm_id)s
    group by kind, reason
) as part
group by kind, state, reason
order by min(since), kind, state, reason

-- part: case_line
integration_id, readable_id, trim(client_first_name || ' ' || client_last_name) as client, practice_area, stage, closed,
modified_at, updated_at

-- part: numbered_so
readable_id collate "C" >= %(words)s::text collate "C" and readable_id collate "C" < %(words)s::text || chr(1114111) collate "C"

-- name: cases
select {case_line}
from cases
where firm_id = %(firm_id)s /* wanted */
order by readable_id collate "C" desc, integration_id desc
limit %(limit)s

-- name: cases_by_words
-- Each part by an index of its own, and no more of it than a page. Comparisons of text let nothing out, so that an
-- index serves them behind the wall between firms too; `lower` may, and so clients are looked up before (`called`).
select integration_id, readable_id, client, practice_area, stage, closed, modified_at, updated_at
from (
    (
        select {case_line}
        from cases
        where firm_id = %(firm_id)s and {numbered_so} /* wanted */
        order by readable_id collate "C" desc, integration_id desc
        limit %(limit)s
    )
    union
    (
        select {case_line}
        from cases
        where firm_id = %(firm_id)s and integration_id = any(%(called)s::text[]) /* wanted */
        order by readable_id collate "C" desc, integration_id desc
        limit %(limit)s
    )
) as found
order by readable_id collate "C" desc, integration_id desc
limit %(limit)s

-- name: count_cases
select count(*)
from (
    select from cases
    where firm_id = %(firm_id)s /* wanted */
    limit %(limit)s
) as counted

-- name: count_cases_by_words
select count(*)
from (
    (select integration_id from cases where firm_id = %(firm_id)s and {numbered_so} /* wanted */ limit %(limit)s)
    union
    (
        select integration_id from cases
        where firm_id = %(firm_id)s and integration_id = any(%(called)s::text[]) /* wanted */
        limit %(limit)s
    )
    limit %(limit)s
) as counted

-- name: called
(
    select integration_id from cases
    where firm_id = %(firm_id)s
      and lower(client_last_name) collate "C" >= lower(%(last)s::text) collate "C"
      and lower(client_last_name) collate "C" < lower(%(last)s::text) || chr(1114111) collate "C"
      and lower(client_first_name) like lower(%(first)s::text)
    limit %(limit)s
)
union
(
    select integration_id from cases
    where firm_id = %(firm_id)s and client_last_name = ''
      and lower(client_first_name) collate "C" >= lower(%(words)s::text) collate "C"
      and lower(client_first_name) collate "C" < lower(%(words)s::text) || chr(1114111) collate "C"
    limit %(limit)s
)
limit %(limit)s

-- name: cases_where_before
(readable_id collate "C", integration_id) < (%(number)s::text collate "C", %(id)s::text collate "C")

-- name: cases_where_practice_area
practice_area = %(practice_area)s

-- name: cases_where_stage
stage = %(stage)s

-- name: cases_where_closed
closed = %(closed)s

-- name: problems_called
select integration_id, reason, skipped, readable_id, client, scope, name, modified_at
from case_problems
where firm_id = %(firm_id)s
  and (starts_with(readable_id, %(words)s) or position(lower(%(words)s::text) in lower(client)) > 0)
order by integration_id
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

-- name: results
select result.integration_id, result.outcome, result.readable_id, result.skip, result.changed,
       case
           when result.client <> '' or cases.firm_id is null then result.client
           else trim(cases.client_first_name || ' ' || cases.client_last_name)
       end,
       result.detail
from run_results as result
left join cases on cases.firm_id = result.firm_id and cases.integration_id = result.integration_id
where result.run_id = %(run_id)s
  and result.integration_id > %(after)s collate "C"
  and (%(outcome)s::text is null or result.outcome = %(outcome)s)
  and (%(skip)s::text is null or result.skip = %(skip)s)
order by result.integration_id
limit %(limit)s
