-- The state `finished` and the triggers are the core's words.

-- part: firms_seen
select firms.firm_id, name, connection, nightly_sync, first_synced_at, paused_until, coalesce(pause_by, '') as by,
       (
           select ended_at
           from runs
           where runs.firm_id = firms.firm_id and state = %(finished)s and trigger = any(%(over_a_window)s)
           order by run_id desc
           limit 1
       ) as good_at,
       (select count(*) from issues where issues.firm_id = firms.firm_id and resolved_at is null) as open_issues
from firms
where (%(firms)s::text[] is null or firms.firm_id = any(%(firms)s))
  and (%(words)s = '' or position(lower(%(words)s) in lower(firms.firm_id || ' ' || name)) > 0)

-- name: by_night
select *
from ({firms_seen}) as seen
where %(firm_id)s::text is null
   or (coalesce(good_at, '-infinity'), firm_id) > (coalesce(%(good_at)s::timestamptz, '-infinity'), %(firm_id)s)
order by coalesce(good_at, '-infinity'), firm_id
limit %(limit)s

-- name: by_problems
select *
from ({firms_seen}) as seen
where %(firm_id)s::text is null or (-open_issues, firm_id) > (-%(issues)s::bigint, %(firm_id)s)
order by -open_issues, firm_id
limit %(limit)s
