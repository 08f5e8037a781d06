-- Counted by what was under way and the error's type: both are words of the code, so there are few rows.

-- name: count
insert into unexpected_errors (doing, error_type)
values (%(doing)s, %(error_type)s)
on conflict (doing, error_type) do update
set times = unexpected_errors.times + 1, last_seen_at = statement_timestamp()
