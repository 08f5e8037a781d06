-- name: reserve
-- Without a pause: the number of slots, from the next free instant on, at least now. With one: none.
with pause as (
    select extract(epoch from paused_until - statement_timestamp())::float8 as left_s
    from firms
    where firm_id = %(firm_id)s and paused_until > statement_timestamp()
),
reserved as (
    insert into request_slots as slot (firm_id, next_at)
    select %(firm_id)s, clock_timestamp() + %(number)s::float8 * %(interval)s::interval
    where not exists (select from pause)
    on conflict (firm_id) do update
    set next_at = greatest(slot.next_at, clock_timestamp()) + %(number)s::float8 * %(interval)s::interval
    returning extract(
        epoch from next_at - %(number)s::float8 * %(interval)s::interval - clock_timestamp()
    )::float8 as first_in_s
)
select (select left_s from pause), (select first_in_s from reserved)

-- name: pause_left
select extract(epoch from paused_until - statement_timestamp())::float8
from firms
where firm_id = %(firm_id)s and paused_until > statement_timestamp()

-- name: hold
update firms
set paused_until = statement_timestamp() + %(pause)s
where firm_id = %(firm_id)s
  and (paused_until is null or paused_until < statement_timestamp() + %(pause)s)
