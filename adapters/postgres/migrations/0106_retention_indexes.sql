-- outside a transaction
-- What has served its time, the oldest first. Built while everybody goes on reading and writing.

-- step
create index concurrently if not exists deliveries_done_with on deliveries (delivered_at, delivery_id)
    where phase = 'done' and purged_at is not null;

-- step
-- What is in doubt is none of it.
create index concurrently if not exists deliveries_failed_with on deliveries (created_at, delivery_id)
    where phase = 'failed' and purged_at is not null and doubtful_since is null;

-- step
-- Our own notes are recognised by their id, also when the delivery is gone.
create index concurrently if not exists inbox_stored on inbox (firm_id, stored_id) where stored_id is not null;

-- step
create index concurrently if not exists runs_ended on runs (ended_at, run_id) where state <> 'waiting';

-- step
create index concurrently if not exists issues_resolved on issues (resolved_at, issue_id) where resolved_at is not null;

-- step
create index concurrently if not exists exception_reports_day on exception_reports (day);

-- step
create index concurrently if not exists bulk_operations_ended on bulk_operations (ended_at, bulk_id) where ended_at is not null;

-- step
create index concurrently if not exists issue_mutes_until on issue_mutes (until);

-- step
create index concurrently if not exists tries_last on tries (last_at);

-- step
create index concurrently if not exists rejected_events_without_body on rejected_events (received_at, id) where body is null;

-- step
create index concurrently if not exists case_changes_at on case_changes (at, change_id);

-- step
create index concurrently if not exists audit_log_at on audit_log (at, entry_id);

-- step
create index concurrently if not exists probe_results_at on probe_results (at, number);
