-- The last good night stands in the firm's row (`finish` in runs/runs.sql).

-- part: firms_seen
firm_id, name, connection, nightly_sync, first_synced_at, paused_until, coalesce(pause_by, '') as by, good_at

-- part: wanted
(%(firms)s::text[] is null or firms.firm_id = any(%(firms)s))
  and (%(words)s = '' or position(lower(%(words)s) in lower(firms.firm_id || ' ' || name)) > 0)

-- name: by_night
-- Along an index, and what is open of those alone that are shown.
select {firms_seen},
       (select count(*) from issues where issues.firm_id = firms.firm_id and resolved_at is null) as open_issues
from firms
where {wanted}
  and (
      %(firm_id)s::text is null
      or (coalesce(good_at, '-infinity'), firm_id)
          > (coalesce(%(good_at)s::timestamptz, '-infinity'), %(firm_id)s collate "C")
  )
order by coalesce(good_at, '-infinity'), firm_id
limit %(limit)s

-- name: by_problems
-- What is open is counted once for all firms: by an index that holds nothing else.
with counted as materialized (
    select firm_id, count(*) as number
    from issues
    where resolved_at is null and (%(firms)s::text[] is null or firm_id = any(%(firms)s))
    group by firm_id
)
select {firms_seen}, coalesce(number, 0) as open_issues
from firms
left join counted using (firm_id)
where {wanted}
  and (
      %(firm_id)s::text is null
      or (-coalesce(number, 0), firm_id) > (-%(issues)s::bigint, %(firm_id)s collate "C")
  )
order by -coalesce(number, 0), firm_id
limit %(limit)s
