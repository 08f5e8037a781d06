-- The conditions `cases_where_…` take the place of what is marked as `wanted`: those that were asked for and no others,
-- because `%(x)s is null or …` would keep indexes from being used.

-- name: get
-- By joined keys, with no part of them a constant: see `deliveries/lanes.sql`.
select integration_id, readable_id, practice_area, stage, lead_attorney, attorneys, paralegals, description,
       case_date, closed, client_first_name, client_last_name, client_phone, client_email, modified_at,
       closes_at
from unnest(%(firm_ids)s::text[], %(integration_ids)s::text[]) as wanted (firm_id, integration_id)
join cases using (firm_id, integration_id)

-- name: number
select count(*) from cases where firm_id = %(firm_id)s

-- name: existing
select cases.firm_id, cases.integration_id
from unnest(%(firm_ids)s::text[], %(integration_ids)s::text[]) as wanted (firm_id, integration_id)
join cases using (firm_id, integration_id)

-- name: some
-- Of a bounded number by the primary key: an index for this alone would be paid for at every change of a case.
select integration_id, readable_id
from (
    select integration_id, readable_id, modified_at
    from cases
    where firm_id = %(firm_id)s
    order by integration_id desc
    limit %(looked_at)s
) as candidate
order by modified_at desc nulls last
limit %(limit)s

-- name: save
-- In the order of the key, so that two writers wait for each other instead of deadlocking. The time is the moment,
-- not the transaction's beginning, and later than any before, whatever the clock does: who waited for its turn (`lock`)
-- has stored later, and is read later (`changed`).
insert into cases (firm_id, integration_id, readable_id, practice_area, stage, lead_attorney, attorneys,
                   paralegals, description, case_date, closed, client_first_name, client_last_name,
                   client_phone, client_email, modified_at, closes_at, updated_at)
select %(firm_id)s, integration_id, readable_id, practice_area, stage, lead_attorney, attorneys,
       paralegals, description, case_date, closed, client_first_name, client_last_name,
       client_phone, client_email, modified_at, closes_at, greatest(clock_timestamp(), newest.next)
from jsonb_to_recordset(%(rows)s::jsonb) as saved (
    integration_id text, readable_id text, practice_area text, stage text, lead_attorney jsonb,
    attorneys jsonb, paralegals jsonb, description text, case_date date, closed boolean,
    client_first_name text, client_last_name text, client_phone text, client_email text,
    modified_at timestamptz, closes_at timestamptz
)
cross join (
    select max(updated_at) + interval '1 microsecond' as next from cases where firm_id = %(firm_id)s
) as newest
order by integration_id collate "C"
on conflict (firm_id, integration_id) do update
set readable_id = excluded.readable_id,
    practice_area = excluded.practice_area,
    stage = excluded.stage,
    lead_attorney = excluded.lead_attorney,
    attorneys = excluded.attorneys,
    paralegals = excluded.paralegals,
    description = excluded.description,
    case_date = excluded.case_date,
    closed = excluded.closed,
    modified_at = excluded.modified_at,
    closes_at = excluded.closes_at,
    updated_at = excluded.updated_at

-- name: lock
select pg_advisory_xact_lock(hashtextextended('casebridge.cases:' || %(firm_id)s, 0))

-- name: record_changes
insert into case_changes (firm_id, integration_id, run_id, field, old, new)
select %(firm_id)s, integration_id, %(run_id)s, field, old, new
from jsonb_to_recordset(%(rows)s::jsonb) as change (integration_id text, field text, old jsonb, new jsonb)

-- name: changes
select run_id, at, integration_id, field, old, new, change_id
from case_changes
where firm_id = %(firm_id)s and integration_id = %(integration_id)s
  and (%(before)s::bigint is null or change_id < %(before)s)
order by change_id desc
limit %(limit)s

-- name: changed
-- By (time, id), compared as a row.
select integration_id, readable_id, practice_area, stage, lead_attorney, attorneys, paralegals, description,
       case_date, closed, client_first_name, client_last_name, client_phone, client_email, modified_at,
       closes_at, updated_at
from cases
where firm_id = %(firm_id)s
  and (updated_at, integration_id) > (%(at)s::timestamptz, %(id)s::text collate "C")
order by updated_at, integration_id
limit %(limit)s

-- name: changed_at
select updated_at from cases where firm_id = %(firm_id)s and integration_id = %(integration_id)s

-- name: firms_with
select firm_id
from cases
where integration_id = %(integration_id)s and coalesce(firm_id = any(%(firms)s::text[]), true)
order by firm_id
limit %(limit)s

-- part: case_line
integration_id, readable_id, trim(client_first_name || ' ' || client_last_name) as client, practice_area, stage, closed,
modified_at, updated_at

-- part: numbered_so
readable_id collate "C" >= %(words)s::text collate "C" and readable_id collate "C" < %(words)s::text || chr(1114111) collate "C"

-- name: list
select {case_line}
from cases
where firm_id = %(firm_id)s /* wanted */
order by readable_id collate "C" desc, integration_id desc
limit %(limit)s

-- name: list_by_words
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

-- name: count
select count(*)
from (
    select from cases
    where firm_id = %(firm_id)s /* wanted */
    limit %(limit)s
) as counted

-- name: count_by_words
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
