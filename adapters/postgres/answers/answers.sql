-- name: take
-- Of two that ask at once one waits for the other. A row that nobody answers any more, or that is too old, is
-- taken over.
insert into answers (actor, key, fingerprint, taken_at, lease_until)
values (%(actor)s, %(key)s, %(fingerprint)s, statement_timestamp(), statement_timestamp() + %(lease)s::interval)
on conflict (actor, key) do update
set fingerprint = excluded.fingerprint,
    taken_at = excluded.taken_at,
    lease_until = excluded.lease_until,
    status = null,
    headers = null,
    body = null
where answers.taken_at < statement_timestamp() - %(kept)s::interval
   or (answers.status is null and answers.lease_until < statement_timestamp())
returning true

-- name: get
select fingerprint, status, headers, body from answers where actor = %(actor)s and key = %(key)s

-- name: keep
update answers
set status = %(status)s, headers = %(headers)s, body = %(body)s, lease_until = null
where actor = %(actor)s and key = %(key)s

-- name: forget
delete from answers where actor = %(actor)s and key = %(key)s and status is null

-- name: purge
delete from answers
where (actor, key) in (
    select actor, key
    from answers
    where taken_at < statement_timestamp() - %(after)s::interval
    order by taken_at
    limit %(limit)s
    for update skip locked
)
