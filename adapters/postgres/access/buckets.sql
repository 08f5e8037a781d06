-- part: full_again
-- A bucket that is full again is as good as none: a few go each time, so there are never more than there were tries
-- within the time that one takes to fill.
full_again as (
    delete from sign_in_tries
    where who in (
        select who
        from sign_in_tries
        where full_at < statement_timestamp() and who <> %(who)s
        order by full_at
        limit 10
        for update skip locked
    )
)

-- name: take
-- Nothing comes back where the bucket is empty.
with {full_again}
insert into sign_in_tries as known (who, full_at)
values (%(who)s, statement_timestamp() + %(one)s::interval)
on conflict (who) do update
set full_at = greatest(known.full_at, statement_timestamp()) + %(one)s::interval
where greatest(known.full_at, statement_timestamp()) + %(one)s::interval
    <= statement_timestamp() + %(whole)s::interval
returning true

-- name: wait
select extract(epoch from full_at + %(one)s::interval - %(whole)s::interval - statement_timestamp())
from sign_in_tries
where who = %(who)s

-- name: note
-- Taken whatever is left: the bucket is overdrawn then.
with {full_again}
insert into sign_in_tries as known (who, full_at)
values (%(who)s, statement_timestamp() + %(noted)s::interval)
on conflict (who) do update
set full_at = greatest(known.full_at, statement_timestamp()) + %(noted)s::interval
returning greatest(
    0, extract(epoch from full_at + %(one)s::interval - %(whole)s::interval - statement_timestamp())
)
