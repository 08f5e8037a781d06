-- Letters, their recipients, and what was told to whom.

-- name: recipients
select firm_id, address, problems, exceptions, trouble
from letter_recipients
where %(firms)s::text[] is null or firm_id = any(%(firms)s)
order by firm_id, address

-- name: save_recipient
insert into letter_recipients (firm_id, address, problems, exceptions)
values (%(firm_id)s, %(address)s, %(problems)s, %(exceptions)s)
on conflict (firm_id, address) do update
set problems = excluded.problems, exceptions = excluded.exceptions

-- name: remove_recipient
with unsent as (
    delete from letters
    where firm_id = %(firm_id)s and address = %(address)s and due_at is not null and kind <> %(run_result)s
)
delete from letter_recipients
where firm_id = %(firm_id)s and address = %(address)s

-- name: begin_writing
-- One writer at a time, or two would tell of the same: until the transaction ends, behind a pooler too.
select pg_try_advisory_xact_lock(%(key)s)

-- name: untold
select issues.issue_id, issues.firm_id, letter_recipients.address
from issues
join letter_recipients using (firm_id)
where resolved_at is null and kind = any(%(kinds)s)
  and opened_at <= statement_timestamp() - %(lasting)s::interval
  and letter_recipients.problems
  and not exists (
      select
      from issue_mutes
      where issue_mutes.firm_id = issues.firm_id and issue_mutes.kind = issues.kind
        and issue_mutes.key in ('', issues.key) and issue_mutes.until > statement_timestamp()
  )
  and not exists (
      select
      from letter_issues
      where letter_issues.issue_id = issues.issue_id and letter_issues.address = letter_recipients.address
  )
order by issues.issue_id, letter_recipients.address
limit %(limit)s

-- name: recovered
-- Somebody who was taken off the list meanwhile is told nothing more.
select issue_id, firm_id, address
from letter_issues
join issues using (issue_id, firm_id)
join letter_recipients using (firm_id, address)
where over_letter is null and resolved_at is not null and problems
order by issue_id, address
limit %(limit)s

-- name: unwritten_reports
select firm_id, address, day::text
from exception_reports
join letter_recipients using (firm_id)
where day >= %(since)s and exceptions and (document ->> 'cases')::integer > 0
  and not exists (
      select
      from letters
      where letters.firm_id = exception_reports.firm_id and letters.address = letter_recipients.address
        and letters.kind = %(kind)s and letters.key = day::text
  )
order by day, firm_id, address
limit %(limit)s

-- name: ended_runs
delete from letter_runs
using (
    select letter_runs.run_id, address
    from letter_runs
    join runs using (run_id, firm_id)
    where runs.state <> %(waiting)s
    order by letter_runs.run_id, address
    limit %(limit)s
) as ended
where letter_runs.run_id = ended.run_id and letter_runs.address = ended.address
returning letter_runs.firm_id, letter_runs.address, letter_runs.run_id::text

-- name: tell_when_ended
insert into letter_runs (run_id, firm_id, address)
values (%(run_id)s, %(firm_id)s, %(address)s)
on conflict (run_id, address) do nothing

-- name: write
insert into letters (firm_id, address, kind, key)
values (%(firm_id)s, %(address)s, %(kind)s, %(key)s)
on conflict (firm_id, address, kind, key) do nothing
returning letter_id

-- name: tell_of
insert into letter_issues (issue_id, address, firm_id, letter_id)
select issue_id, %(address)s, %(firm_id)s, %(letter_id)s
from unnest(%(issues)s::bigint[]) as told (issue_id)
on conflict (issue_id, address) do nothing

-- name: tell_of_end
update letter_issues
set over_letter = %(letter_id)s
where issue_id = any(%(issues)s) and address = %(address)s

-- name: claim
with due as (
    select letter_id
    from letters
    where due_at is not null and due_at <= statement_timestamp()
      and not exists (
          select
          from firm_moves
          where firm_moves.firm_id = letters.firm_id and state = any(%(moving)s)
      )
    order by due_at
    limit %(limit)s
    for update skip locked
)
update letters
set tries = tries + 1, due_at = statement_timestamp() + %(for)s::interval
from due
where letters.letter_id = due.letter_id
returning letters.letter_id, firm_id, address, kind, key, tries, statement_timestamp() - written_at

-- name: issues_of
select issues.firm_id, issues.kind, issues.key, message, opened_at, last_seen_at, times, null::timestamptz
from issues
join letter_issues using (issue_id)
where letter_issues.letter_id = %(letter_id)s or letter_issues.over_letter = %(letter_id)s
order by issue_id

-- name: ended
with letter as (
    update letters
    set due_at = null, ended_at = statement_timestamp()
    where letter_id = %(letter_id)s
    returning firm_id, address
)
update letter_recipients
set trouble = %(trouble)s
from letter
where letter_recipients.firm_id = letter.firm_id and letter_recipients.address = letter.address

-- name: put_off
with letter as (
    update letters
    set due_at = statement_timestamp() + %(by)s::interval
    where letter_id = %(letter_id)s
    returning firm_id, address
)
update letter_recipients
set trouble = %(trouble)s
from letter
where letter_recipients.firm_id = letter.firm_id and letter_recipients.address = letter.address

-- name: forget
with old as materialized (
    select letter_id
    from letters
    where ended_at is not null and ended_at < statement_timestamp() - %(after)s::interval
    order by ended_at
    limit %(limit)s
),
told as (
    delete from letter_issues
    using old
    where letter_issues.over_letter = old.letter_id
)
delete from letters
using old
where letters.letter_id = old.letter_id

-- name: unsent
select count(*) from letters where due_at is not null and (%(kind)s::text is null or kind = %(kind)s)
