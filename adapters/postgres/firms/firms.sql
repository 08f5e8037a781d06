-- part: firm_columns
firm_id, name, base_url, connection, sync_mode, nightly_sync, immediate, settings, paused_until,
first_synced_at

-- name: get
select {firm_columns}, pause_asked, pause_call, pause_by, pause_why
from firms
where firm_id = %(firm_id)s

-- name: all
select {firm_columns}, pause_asked, pause_call, pause_by, pause_why
from firms
where (%(firms)s::text[] is null or firm_id = any(%(firms)s)) and firm_id > %(after)s collate "C"
order by firm_id
limit %(limit)s

-- name: save
-- A pause and the first run's end have writers of their own: a firm read before them must not undo them.
insert into firms ({firm_columns})
values (%(firm_id)s, %(name)s, %(base_url)s, %(connection)s, %(sync_mode)s, %(nightly_sync)s, %(immediate)s,
        %(settings)s, %(paused_until)s, %(first_synced_at)s)
on conflict (firm_id) do update
set name = excluded.name,
    base_url = excluded.base_url,
    connection = excluded.connection,
    sync_mode = excluded.sync_mode,
    nightly_sync = excluded.nightly_sync,
    immediate = excluded.immediate,
    settings = excluded.settings,
    updated_at = now()

-- name: ids
select firm_id from firms where %(firms)s::text[] is null or firm_id = any(%(firms)s) order by firm_id

-- name: known
select firm_id, immediate from firms where firm_id = any(%(firm_ids)s)

-- name: alike
-- All firms are read: it is asked when an event names none of them.
select firm_id
from firms
where lower(btrim(firm_id)) = lower(btrim(%(firm_id)s)) and firm_id <> %(firm_id)s
order by firm_id collate "C"
limit 5

-- name: nightly
-- The state `connected` stands here in letters: a partial index of the table needs it.
select firm_id, first_synced_at is null
from firms
where connection = 'connected' and nightly_sync
  and casebridge_place(firm_id) >= %(since)s and casebridge_place(firm_id) < %(until)s
  and not exists (
      select
      from firm_moves
      where firm_moves.firm_id = firms.firm_id and state = any(%(moving)s)
  )
order by casebridge_place(firm_id)
fetch first %(limit)s rows with ties

-- name: nightly_among
select firm_id
from firms
where firm_id = any(%(firm_ids)s) and connection = 'connected' and nightly_sync
  and not exists (
      select
      from firm_moves
      where firm_moves.firm_id = firms.firm_id and state = any(%(moving)s)
  )
order by firm_id collate "C"

-- name: set_connection
-- `only_from`: the state that it must be in now, or null for any.
update firms
set connection = %(state)s, updated_at = now()
where firm_id = %(firm_id)s and connection <> %(state)s
  and (%(only_from)s::text is null or connection = %(only_from)s)
  and (
      %(version)s::bigint is null
      or exists (select from connections where firm_id = %(firm_id)s and version = %(version)s)
  )

-- name: wake
-- Who is being changed by others at this moment is woken a second later.
with due as materialized (
    select firm_id
    from firms
    where wake_at <= statement_timestamp()
    order by firm_id
    for no key update skip locked
)
update firms
set wake_at = null
from due
where firms.firm_id = due.firm_id
returning firms.firm_id

-- name: next_to_wake
select min(wake_at) - statement_timestamp() from firms where wake_at is not null

-- name: pause_by_hand
update firms
set paused_until = %(until)s, wake_at = %(until)s, pause_asked = null, pause_call = null, pause_by = %(by)s,
    pause_why = %(why)s
where firm_id = %(firm_id)s

-- name: resume
update firms
set paused_until = null, pause_asked = null, pause_call = null, pause_by = null, pause_why = null,
    pause_noted = false, wake_at = statement_timestamp()
where firm_id = %(firm_id)s and paused_until > statement_timestamp()

-- name: forget_first_sync
update firms set first_synced_at = null where firm_id = %(firm_id)s

-- name: mark_first_synced
update firms set first_synced_at = %(at)s where firm_id = %(firm_id)s

-- name: add_version
-- The caller has locked the firm's cases, so two versions never get one number.
insert into setting_versions (firm_id, version, kind, data, actor, role, actor_firm)
select %(firm_id)s, coalesce(max(version), 0) + 1, %(kind)s, %(data)s, %(actor)s, %(role)s, %(actor_firm)s
from setting_versions
where firm_id = %(firm_id)s
returning version

-- name: versions
select version, kind, data, actor, role, actor_firm, at
from setting_versions
where firm_id = %(firm_id)s and (%(kind)s::text is null or kind = %(kind)s)
  and (%(before)s::bigint is null or version < %(before)s::bigint)
order by version desc
limit %(limit)s

-- name: lock
select connection from firms where firm_id = %(firm_id)s for update

-- name: tables_of_firms
-- Any table with the firm's id is the firm's, also one that a later release adds. What people did stays, and
-- the firm's own row goes last. Where it has moved to stays known: what comes for it is still refused.
select table_name
from information_schema.columns
join information_schema.tables using (table_schema, table_name)
where table_schema = current_schema() and column_name = 'firm_id' and table_type = 'BASE TABLE'
  and table_name not in ('audit_log', 'firm_moves', 'firms')
order by table_name

-- name: forget_bulk
-- Of several firms' operations the others' part stays.
update bulk_operations
set firm_ids = array_remove(firm_ids, %(firm_id)s)
where firm_ids @> array[%(firm_id)s] and array_length(firm_ids, 1) > 1

-- name: forget_own_bulk
delete from bulk_operations where firm_ids = array[%(firm_id)s]

-- name: delete_rejected_events
delete from rejected_events
where exists (select from unnest(%(spellings)s::bytea[]) as spelling where position(spelling in body) > 0)
  -- What came after the firm had left is another cell's, and perhaps not yet there.
  and (reason <> %(firm_moved)s or replayed_at is not null or discarded_at is not null)

-- part: firms_seen
firm_id, name, connection, nightly_sync, first_synced_at, paused_until, coalesce(pause_by, '') as by, good_at

-- part: wanted
(%(firms)s::text[] is null or firms.firm_id = any(%(firms)s))
  and (%(words)s = '' or position(lower(%(words)s) in lower(firms.firm_id || ' ' || name)) > 0)

-- name: by_night
-- The last good night stands in the firm's row (`finish` in runs/runs.sql).
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
