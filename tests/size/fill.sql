-- Rows as a service has them after a year: a few large firms and many small ones, most of it done, a little of it
-- waiting, held, failed or in doubt. The same rows each time. Statements are run in the order in which they stand here.

-- name: firm_of
-- The firm of the nth of anything, cubed: the largest of 10,000 firms has one in twenty, most have a few dozen of a
-- million. Fractions of multiples of the golden ratio lie evenly and look like chance.
create function pg_temp.firm_number(n bigint, firms bigint) returns bigint language sql immutable
return 1 + floor(firms * power(n * 0.6180339887498949::float8 - floor(n * 0.6180339887498949::float8), 3))::bigint

-- name: case_of
create function pg_temp.case_number(n bigint, cases bigint) returns bigint language sql immutable
return 1 + floor(cases * (n * 0.7548776662466927::float8 - floor(n * 0.7548776662466927::float8)))::bigint

-- name: firms
insert into firms (firm_id, name, base_url, connection, sync_mode, nightly_sync, immediate, settings, first_synced_at,
                   paused_until, wake_at, pause_by, pause_why)
select 'firm' || n, initcap(substr(md5(n::text), 1, 6)) || ' & Partners', 'https://sa' || n || '.test/CaseSyncAPI/',
       case when n %% 50 = 7 then 'reconnect_required' when n %% 100 = 9 then 'not_connected' else 'connected' end,
       case when n %% 5 = 0 then 'individually' else 'all' end, n %% 20 <> 3, n %% 10 <> 4,
       %(settings)s::jsonb || jsonb_build_object('two_way', n %% 10 = 1),
       case when n %% 100 <> 9 then now() - interval '300 days' end,
       case when n %% 500 = 11 then now() + interval '2 hours' end,
       case when n %% 500 = 11 then now() + interval '2 hours' end,
       case when n %% 500 = 11 then 'max' end, case when n %% 500 = 11 then 'maintenance' end
from generate_series(1, %(firms)s::bigint) as n

-- name: nights
update firms set good_at = now() - interval '1 hour' - length(name) * interval '1 minute' where connection = 'connected'

-- name: connections
insert into connections (firm_id, kind, key_id, nonce, ciphertext, token_key_id, token_nonce, token_ciphertext, renew_at,
                         expires_at)
select firm_id, 'oauth', 'bench', sha256(firm_id::bytea),
       repeat('x', 300)::bytea, 'bench', sha256(firm_id::bytea), repeat('y', 500)::bytea,
       now() + interval '30 minutes', now() + interval '1 hour'
from firms where connection <> 'not_connected'

-- name: setting_versions
insert into setting_versions (firm_id, version, kind, data, actor, role)
select firm_id, v, 'practice-areas', %(settings)s::jsonb -> 'practice_areas', 'ada', 'firm-admin'
from firms, generate_series(1, 3) as v

-- name: names
insert into smartadvocate_names (firm_id, kind, name, within, cases)
select firm_id, 'status', 'LIT ' || k || ' - Depositions', 'Auto', k * 10 from firms, generate_series(1, 15) as k

-- name: cases
-- A firm's cases lie together, as its first run stored them.
insert into cases (firm_id, integration_id, readable_id, practice_area, stage, lead_attorney, attorneys, paralegals,
                   description, case_date, closed, client_first_name, client_last_name, client_phone, client_email,
                   modified_at, created_at, updated_at, closes_at)
select firm_id, (300000 + n)::text, 'R-' || n, (array['Auto', 'Premises', 'Medical', 'Work'])[n %% 4 + 1],
       'Stage ' || n %% 9, %(attorney)s::jsonb, '[]', jsonb_build_array(%(attorney)s::jsonb),
       repeat('Collision at a crossing. ', 4), '2025-03-01'::date + (n %% 500)::integer, n %% 5 = 0,
       (array['Ana', 'Bo', 'Cleo', 'Dan', 'Eva', 'Finn'])[n %% 6 + 1],
       case when n %% 50 = 0 then '' else (array['Adams', 'Baker', 'Clark', 'Davis', 'Evans', 'Frank', 'Garcia'])[n %% 7 + 1]
           || n %% 997 end,
       '+1415555' || lpad((n %% 10000)::text, 4, '0'), 'c' || n || '@client.test', changed, changed, changed,
       case when n %% 200 = 3 then now() + interval '20 days' end
from (
    select n, 'firm' || pg_temp.firm_number(n, %(firms)s) as firm_id, now() - (n * 7919 %% 525600) * interval '1 minute' as changed
    from generate_series(1, %(cases)s::bigint) as n
) as one
order by firm_id collate "C", n

-- name: problems
insert into case_problems (firm_id, integration_id, reason, skipped, readable_id, client, scope, name, modified_at,
                           tried_in, tried_with)
select 'firm' || pg_temp.firm_number(n, %(firms)s), (9000000 + n)::text,
       (array['stage_unmapped', 'practice_area_unmapped', 'no_valid_phone', 'no_lead_attorney'])[n %% 4 + 1], n %% 3 <> 0,
       'P-' || n, 'Client ' || n, 'Auto', 'LIT ' || n %% 12, now() - n %% 400 * interval '1 day', n, 0
from generate_series(1, %(cases)s::bigint / 50) as n

-- name: runs
-- Thirty nights of each firm; the last of some is under way.
insert into runs (firm_id, trigger, window_since, window_until, state, reason, started_at, ended_at, pages, rests_until)
select 'firm' || 1 + (n - 1) %% %(firms)s, case when n %% 40 = 0 then 'manual' else 'nightly' end, began - interval '30 days', began,
       state, case when state = 'failed' then 'unavailable' end, began,
       case when state <> 'waiting' then began + interval '4 minutes' end, 3,
       case when state = 'waiting' and n %% 2 = 0 then now() + interval '5 minutes' end
from (
    select n, now() - (30 - (n - 1) / %(firms)s) * interval '1 day' - n %% 60 * interval '1 minute' as began,
           case when n > 29 * %(firms)s::bigint and n %% 5 = 1 then 'waiting' when n %% 33 = 0 then 'failed'
                when n %% 77 = 0 then 'incomplete' else 'finished' end as state
    from generate_series(1, 30 * %(firms)s::bigint) as n
) as one

-- name: run_results
-- The first run met all cases of a firm, the last one of each some.
insert into run_results (run_id, integration_id, firm_id, outcome, readable_id, skip, changed, client, detail)
select run_id, integration_id, firm_id,
       case when integration_id::bigint %% 20 = 0 then 'skipped' when integration_id::bigint %% 3 = 0 then 'updated' else 'unchanged' end,
       readable_id, case when integration_id::bigint %% 20 = 0 then 'stage_unmapped' end, '{}', '', ''
from (
    select substr(firm_id, 5)::bigint as run_id, * from cases
    union all
    select substr(firm_id, 5)::bigint + 29 * %(firms)s::bigint, * from cases where integration_id::bigint %% 2 = 0
) as met
order by run_id, integration_id

-- name: run_sets
insert into run_sets (run_id, firm_id, integration_id)
select run_id, firm_id, integration_id
from (select run_id, firm_id from runs where state = 'waiting' order by run_id desc limit 40) as open
join cases using (firm_id)

-- name: case_changes
insert into case_changes (firm_id, integration_id, run_id, field, old, new, at)
select firm_id, integration_id, 1, 'stage', '"Stage 1"', '"Stage 2"', updated_at from cases order by updated_at

-- name: deliveries
-- In the order of time. What waits is of the last days, what was held or failed of any.
insert into deliveries (firm_id, kind, subject_id, case_integration_id, occurred_at, state, data, attempts, reason, run_at,
                        doubtful_since, note_id, delivered_at, created_at, began_at, took_ms, purged_at, first_attempt_at,
                        probe_of, late)
select case when reason = 'firm_unknown' then 'stranger' || n %% 50 else firm_id end,
       case when n %% 7 = 0 then 'document-uploaded' else 'message-sent' end, 'm-' || n,
       (case when reason = 'case_not_imported' then 7000000 else 300000 end + number)::text,
       at, state,
       case when state = 'delivered' and at < now() - interval '30 days' then '{"direction": "inbound"}'
            else jsonb_build_object('direction', 'inbound', 'text', repeat('How is my case? ', 8)) end,
       case when state in ('pending', 'held') then 0 else 1 end,
       reason,
       case when state in ('retrying', 'unknown') then now() + n %% 600 * interval '1 second' end,
       case when state = 'unknown' then at end,
       case when state = 'delivered' then n::text end, case when state = 'delivered' then at + interval '20 s' end, at,
       case when state <> 'pending' then at + interval '19 s' end, 140,
       case when state = 'delivered' and at < now() - interval '30 days' then at + interval '30 days' end,
       case when state <> 'pending' then at end, case when n %% 900000 = 5 then 'permission_missing' end, n %% 500 = 0
from (
    select n, number, 'firm' || pg_temp.firm_number(number, %(firms)s) as firm_id,
           now() - (%(deliveries)s::bigint - n) * (interval '365 days' / %(deliveries)s::bigint) as at,
           case
               when n > %(deliveries)s::bigint * 0.998 and n %% 2 = 0 then (array['pending', 'retrying', 'pending', 'pending', 'unknown'])[n / 2 %% 5 + 1]
               when n %% 499 = 0 then 'held' when n %% 701 = 0 then 'failed' else 'delivered'
           end as state
    from generate_series(1, %(deliveries)s::bigint) as n
    cross join lateral (select pg_temp.case_number(n, %(cases)s) as number) as case_of_it
) as one
cross join lateral (
    select case state
        when 'held' then (array['permission_missing', 'case_not_imported', 'reconnect_required', 'firm_unknown'])[n / 499 %% 4 + 1]
        when 'failed' then (array['retries_spent', 'rejected_by_smartadvocate', 'discarded'])[n / 701 %% 3 + 1]
        when 'retrying' then 'unavailable'
        when 'unknown' then 'answer_lost'
    end as reason
) as why
order by n

-- name: inbox
insert into inbox (firm_id, kind, subject_id, event_id, source, digest, received_at)
select firm_id, kind, subject_id, 'e-' || delivery_id, 'https://case-status.test', md5(subject_id), created_at
from deliveries order by firm_id, kind, subject_id

-- name: lanes
insert into lanes (firm_id, kind, case_integration_id, ready_at, held_for, newest_at, tried_at)
select firm_id, kind, case_integration_id,
       case when held is null and waits then coalesce(run_at, now() - interval '1 minute') end, held, newest_at,
       case when held is not null then now() - interval '10 minutes' end
from (
    select firm_id, kind, case_integration_id, (array_agg(reason) filter (where state = 'held'))[1] as held,
           bool_or(phase = 'open') as waits, min(run_at) as run_at,
           max(occurred_at) filter (where state = 'delivered') as newest_at
    from deliveries
    group by firm_id, kind, case_integration_id
) as lane
order by firm_id, kind, case_integration_id

-- name: processes
insert into processes (kind, host, version, threads, gone_at, calls_until)
select 'worker', 'host' || n, '1.0', 8, case when n > 20 then now() end, case when n > 20 then now() end
from generate_series(1, 24) as n

-- name: claimed
-- What workers have in hand; the last three of them are gone.
update lanes
set owner = process || '/1', place = 1, lease_until = 'infinity', ready_at = 'infinity', held_for = null
from (
    select firm_id, kind, case_integration_id, 1 + row_number() over () %% 24 as process
    from lanes where ready_at is not null order by firm_id, kind, case_integration_id limit 300
) as chosen
where lanes.firm_id = chosen.firm_id and lanes.kind = chosen.kind and lanes.case_integration_id = chosen.case_integration_id

-- name: attempts
insert into delivery_attempts (delivery_id, firm_id, ended_at, began_at, took_ms, outcome, status, reason)
select delivery_id, firm_id, created_at, created_at, 90, case when state = 'delivered' then 'retrying' else state end, 503, 'unavailable'
from deliveries
where state <> 'delivered' or delivery_id %% 30 = 0
order by delivery_id

-- name: strays
insert into stray_ids (delivery_id, firm_id, stored_id)
select delivery_id, firm_id, 'stray-' || delivery_id from deliveries where state = 'unknown' order by delivery_id limit 20

-- name: probes
insert into hold_probes (firm_id, kind, reason, probed_at)
select distinct firm_id, kind, held_for, now() - interval '4 minutes' from lanes where held_for is not null

-- name: issues
insert into issues (firm_id, kind, key, message, opened_at, last_seen_at, times, resolved_at)
select firm_id, kind, case when kind in ('delivery_held', 'delivery_failed') then 'permission_missing' else 'k-' || n end,
       'something waits', at, at + interval '1 hour', 3, case when is_over then at + interval '2 hours' end
from (
    select n, 'firm' || 1 + n %% %(firms)s as firm_id,
           (array['delivery_held', 'stage_unmapped', 'delivery_failed', 'connection_lost', 'case_vanished'])[n / %(firms)s %% 5 + 1] as kind,
           now() - (10 * %(firms)s::bigint - n) * (interval '365 days' / (10 * %(firms)s::bigint)) as at,
           n <= 9 * %(firms)s::bigint as is_over
    from generate_series(1, 10 * %(firms)s::bigint) as n
) as one

-- name: mutes
insert into issue_mutes (firm_id, kind, key, until)
select firm_id, 'stage_unmapped', '', now() + interval '9 days' from firms where firm_id like '%%5'

-- name: audit
insert into audit_log (at, actor, role, actor_firm, firm_id, action, detail)
select now() - (30 * %(firms)s::bigint - n) * interval '20 s', 'ada' || n %% 300, 'firm-admin', firm_id, firm_id, 'run_started', '{"run": 1}'
from (
    select n, case when n %% 11 = 0 then null else 'firm' || pg_temp.firm_number(n, %(firms)s) end as firm_id
    from generate_series(1, 30 * %(firms)s::bigint) as n
) as one

-- name: rejected
insert into rejected_events (channel, reason, detail, size, sha256, body, received_at, replayed_at, discarded_at)
select (array['amqp', 'http'])[n %% 2 + 1], (array['invalid_event', 'malformed', 'unknown_type'])[n %% 3 + 1], 'data.text: missing', 900,
       sha256(n::text::bytea), case when n %% 30 = 0 or n > %(deliveries)s * 0.0095 then repeat('b', 900)::bytea end,
       now() - (%(deliveries)s / 100 - n) * interval '25 minutes', case when n %% 30 <> 0 and n %% 2 = 0 then now() end,
       case when n %% 30 <> 0 and n %% 2 = 1 then now() end
from generate_series(1, %(deliveries)s::bigint / 100) as n

-- name: outbox
insert into outbox (kind, firm_id, subject, body, created_at, published_at, place)
select (array['message-synced', 'message-written', 'case-updated'])[n %% 3 + 1], 'firm' || pg_temp.firm_number(number, %(firms)s),
       (300000 + number)::text, '{"data": {"text": "some words"}}', at, at, nextval('outbox_place')
from (
    select n, pg_temp.case_number(n, %(cases)s) as number, now() - (%(deliveries)s::bigint / 8 - n) * (interval '7 days' / (%(deliveries)s::bigint / 8)) as at
    from generate_series(1, %(deliveries)s::bigint / 8) as n
) as one
order by n

-- name: texts_removed
update outbox set text_removed = true where kind = 'message-written' and row_id %% 500 <> 0

-- name: jobs
insert into jobs (name, firm_id, run_id, state, owner, lease_until, published_at)
select (array['sync-messages', 'sync-documents', 'import-cases'])[n %% 3 + 1], 'firm' || n, null,
       case when n %% 5 = 0 then 'running' else 'waiting' end, case when n %% 5 = 0 then 1 + n %% 24 || '/' || n end,
       case when n %% 5 = 0 then 'infinity'::timestamptz end, now() + case when n %% 40 = 0 then -1 else 60 end * interval '2 minutes'
from generate_series(1, least(400, %(firms)s::bigint)) as n

-- name: night
-- Published as the night goes on, none of them a minute ago.
insert into jobs (name, firm_id, run_id, state, published_at)
select 'sync-cases', firm_id, run_id, 'waiting', now() + run_id %% 120 * interval '1 minute' from runs where state = 'waiting' order by run_id

-- name: parked
insert into parked_jobs (job_id, firm_id, name) select job_id, firm_id, name from jobs where state = 'waiting' and job_id %% 9 = 0

-- name: waiting_outbox
insert into outbox (queue, firm_id, job_id, body)
select name, firm_id, job_id, job_id::text from jobs where state = 'waiting' and job_id %% 4 = 0

-- name: announced_now
insert into outbox (kind, firm_id, subject, body)
select 'message-synced', firm_id, case_integration_id, '{"data": {}}' from deliveries order by delivery_id desc limit 200

-- name: hands
insert into hand_seats (firm_id, is_taken, owner, lease_until)
select 'firm' || n, true, n || '/1', 'infinity' from generate_series(1, 20) as n

-- name: slots
insert into slots (job, due_at, done_at)
select 'sync-messages', at, at + interval '1 s'
from generate_series(date_trunc('hour', now()) - interval '7 days', date_trunc('hour', now()) - interval '4 minutes', interval '2 minutes') as at

-- name: watchers
insert into two_way_firms (firm_id, since, watched_at)
select firm_id, now() - interval '100 days', now() - interval '2 minutes' from firms where settings @> '{"two_way": true}'

-- name: watched
insert into watched_cases (firm_id, case_integration_id, since, is_known, is_closed, read_at, active_until)
select cases.firm_id, integration_id, two_way_firms.since, true, closed, now() - integration_id::bigint %% 3000 * interval '1 minute',
       case when integration_id::bigint %% 70 = 0 then now() + interval '1 hour' end
from cases join two_way_firms using (firm_id)

-- name: seen
insert into seen_notes (firm_id, note_id, case_integration_id, announced)
select firm_id, 'n' || delivery_id, case_integration_id, delivery_id %% 3 = 0 from deliveries where delivery_id %% 10 = 0

-- name: reports
insert into exception_reports (firm_id, day, document)
select firm_id, current_date - d,
       jsonb_build_object('day', (current_date - d)::text, 'run_id', 1, 'cases', 2, 'by_reason', '{"stage_unmapped": 2}'::jsonb,
                          'listed', '[]'::jsonb)
from firms, generate_series(1, 14) as d

-- name: probe_results
insert into probe_results (firm_id, kind, passed, document)
select firm_id, kind, true, document
from generate_series(1, 2), (values ('verification', %(verification)s::jsonb), ('permissions', %(permissions)s::jsonb)) as probe (kind, document), firms

-- name: bulk
insert into bulk_operations (kind, firm_ids, selection, state, counted, done, counted_by, counted_at, confirmed_by, confirmed_at,
                             ended_by, ended_at)
select 'replay', case when n %% 4 = 0 then null else array['firm' || pg_temp.firm_number(n, %(firms)s)] end, '{"states": ["failed"]}',
       case when n %% 400 = 0 then 'confirmed' else 'done' end, 50, 50, 'max', now() - n * interval '30 minutes', 'max',
       now() - n * interval '30 minutes', 'max', now() - n * interval '30 minutes'
from generate_series(1, greatest(400, %(firms)s::bigint)) as n

-- name: people
insert into people (name, role, firms, added_by)
select 'person' || n, 'firm-admin', array['firm' || n], 'max' from generate_series(1, %(firms)s::bigint) as n

-- name: sessions
insert into sessions (session_hash, person, name, role, firms, way, agent, issued_at, seen_at, idle, ends_at)
select sha256(n::text::bytea), 'person' || n %% 3000, 'person', 'firm-admin', array['firm' || n %% 3000], 'oidc', 'Firefox', now(), now(),
       interval '1 hour', now() + interval '12 hours'
from generate_series(1, %(firms)s::bigint) as n

-- name: links
insert into sign_in_links (link_hash, person, name, role, firms, way, idle, whole, expires_at)
select sha256(n::text::bytea), 'person' || n, 'person', 'firm-admin', array['firm' || n], 'link', interval '1 hour', interval '12 hours',
       now() + n %% 40 * interval '1 minute'
from generate_series(1, 100) as n

-- name: states
insert into connect_states (state_hash, session_hash, firm_id, key_id, nonce, ciphertext, expires_at)
select sha256(n::text::bytea), sha256(n::text::bytea), 'firm' || n, 'k2', 'n', 'c', now() + interval '5 minutes' from generate_series(1, 40) as n

-- name: keys
insert into api_keys (digest, begins, name, scopes, firms, made_at, made_by)
select sha256(n::text::bytea), 'cb_' || n, 'key ' || n, array['look'], case when n %% 10 = 0 then null else array['firm' || n] end, now(), 'max'
from generate_series(1, %(firms)s::bigint / 5) as n

-- name: answers
insert into answers (actor, key, fingerprint, taken_at, status, body)
select 'key ' || n %% 50, 'k-' || n, '\x00', now() - n * interval '1 second', 200, 'body' from generate_series(1, 2 * %(firms)s::bigint) as n

-- name: tries
insert into tries (firm_id, thing, key) select 'firm' || n, 'note', n::text from generate_series(1, 300) as n

-- name: errors
insert into unexpected_errors (doing, error_type) values ('a job', 'ValueError')

-- name: recipients
insert into letter_recipients (firm_id, address, problems, exceptions)
select firm_id, 'ada@' || firm_id || '.test', true, true from firms

-- name: letters
insert into letters (firm_id, address, kind, key, written_at, due_at, ended_at)
select firm_id, address, 'problems', n::text, now() - n * interval '1 day', case when n = 1 and firm_id like '%%93' then now() end,
       case when n > 1 then now() - n * interval '1 day' end
from letter_recipients, generate_series(1, 3) as n

-- name: told
insert into letter_issues (issue_id, address, firm_id, letter_id, over_letter)
select issue_id, address, firm_id, letter_id, case when resolved_at is not null then letter_id end
from issues
join letter_recipients using (firm_id)
join lateral (select letter_id from letters where letters.firm_id = issues.firm_id limit 1) as letter on true

-- name: letter_runs
insert into letter_runs (run_id, firm_id, address)
select run_id, firm_id, address from runs join letter_recipients using (firm_id) where state = 'waiting'
