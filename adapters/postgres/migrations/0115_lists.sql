-- What lists and the postman ask for keeps its price when there is much of it. Each index is made within a second of
-- a table of the size it has: issues, bulk operations, sessions, jobs and firms, none of them with millions of rows.

-- When a run over a window last ended well: firms are listed by it, and the run may be gone by then.
alter table firms add column good_at timestamptz;
update firms
set good_at = (
    select ended_at
    from runs
    where runs.firm_id = firms.firm_id and state = 'finished' and trigger in ('nightly', 'manual', 'reset')
    order by run_id desc
    limit 1
);
create index firms_by_night on firms (coalesce(good_at, '-infinity'), firm_id);

-- Open issues in the order in which they came up: of all firms and of one. Those that are over are many more.
create index issues_open_in_turn on issues (issue_id) where resolved_at is null;
create index issues_open_of_firm on issues (firm_id, issue_id) where resolved_at is null;

-- Operations that nobody confirmed are forgotten whenever one is counted.
create index bulk_operations_counted on bulk_operations (counted_at) where state = 'counted';

-- Whoever is no longer to sign in is known by either name.
create index sessions_of_name on sessions (name);

-- Whether a run has a job is asked every few seconds.
create index jobs_of_run on jobs (run_id) where run_id is not null;

-- Jobs that nobody has heard of for a minute are looked for as often.
create index jobs_unheard on jobs (published_at) where state = 'waiting';
