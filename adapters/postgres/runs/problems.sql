-- name: cure
delete from case_problems
using unnest(%(cured)s::text[]) as cured (integration_id)
where case_problems.firm_id = %(firm_id)s and case_problems.integration_id = cured.integration_id
returning case_problems.integration_id, case_problems.reason

-- name: keep
insert into case_problems (firm_id, integration_id, reason, skipped, readable_id, client, scope, name,
                           modified_at, tried_in, tried_with)
select %(firm_id)s, integration_id, reason, skipped, readable_id, client, scope, name, modified_at,
       %(run_id)s, %(version)s
from jsonb_to_recordset(%(rows)s::jsonb) as found (
    integration_id text, reason text, skipped boolean, readable_id text, client text, scope text, name text,
    modified_at timestamptz
)
order by integration_id collate "C"
on conflict (firm_id, integration_id) do update
set reason = excluded.reason,
    skipped = excluded.skipped,
    readable_id = excluded.readable_id,
    client = excluded.client,
    scope = excluded.scope,
    name = excluded.name,
    modified_at = excluded.modified_at,
    tried_in = excluded.tried_in,
    tried_with = excluded.tried_with,
    last_tried_at = now()

-- name: to_retry
select integration_id, reason, skipped, readable_id, client, scope, name, modified_at
from case_problems
where firm_id = %(firm_id)s and (tried_in <> %(run_id)s or tried_with < %(version)s)
  and (%(reasons)s::text[] is null or reason = any(%(reasons)s))
order by integration_id
limit %(limit)s

-- name: to_retry_by_time
select integration_id, reason, skipped, readable_id, client, scope, name, modified_at
from case_problems
where firm_id = %(firm_id)s and (tried_in <> %(run_id)s or tried_with < %(version)s)
  and (%(reasons)s::text[] is null or reason = any(%(reasons)s))
  and modified_at >= %(since)s
order by modified_at, integration_id
limit %(limit)s

-- name: modified
select integration_id, modified_at
from case_problems
where firm_id = %(firm_id)s and integration_id = any(%(ids)s) and skipped and modified_at is not null

-- name: get
select integration_id, reason, skipped, readable_id, client, scope, name, modified_at
from case_problems
where firm_id = %(firm_id)s and integration_id = %(integration_id)s

-- name: list
select integration_id, reason, skipped, readable_id, client, scope, name, modified_at
from case_problems
where firm_id = %(firm_id)s and (%(reason)s::text is null or reason = %(reason)s)
  and integration_id > %(after)s collate "C"
order by integration_id
limit %(limit)s

-- name: names
select reason, scope, name, count(*)
from case_problems
where firm_id = %(firm_id)s and reason = any(%(reasons)s)
group by reason, scope, name
order by count(*) desc, reason, scope, name

-- name: counts
select reason, count(*) from case_problems where firm_id = %(firm_id)s group by reason

-- name: groups
select reason, scope, name, count(*), count(*) filter (where skipped), min(first_seen_at), min(integration_id)
from case_problems
where firm_id = %(firm_id)s
group by reason, scope, name
order by min(first_seen_at), reason, scope, name
limit %(limit)s

-- name: called
select integration_id, reason, skipped, readable_id, client, scope, name, modified_at
from case_problems
where firm_id = %(firm_id)s
  and (starts_with(readable_id, %(words)s) or position(lower(%(words)s::text) in lower(client)) > 0)
order by integration_id
limit %(limit)s
