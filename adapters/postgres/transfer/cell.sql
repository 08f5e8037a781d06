-- name: own
select number, identity::text, is_early from cells where is_own

-- name: known
select number, identity::text, is_early from cells order by number

-- name: has_given_ids
select exists (select from pg_sequences where schemaname = current_schema() and last_value is not null)

-- name: become
insert into cells (number, identity, is_own, is_early)
values (%(number)s, gen_random_uuid(), true, %(is_early)s)

-- name: hear_of
insert into cells (number, identity, is_early)
values (%(number)s, %(identity)s::uuid, %(is_early)s)
on conflict (number) do nothing

-- name: lock
-- One at a time: of those that migrate, and of those that bring firms in.
select pg_advisory_xact_lock(%(key)s)
