-- name: reserve
-- Without a pause: the number of slots, from the next free instant on, at least now. With one: none.
with pause as (
    select extract(epoch from paused_until - statement_timestamp())::float8 as left_s, pause_by
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
select (select left_s from pause), (select first_in_s from reserved),
       exists (select from firms where firm_id = %(firm_id)s and (paused_until is not null or pause_noted)),
       (select pause_by from pause)

-- name: pause_left
-- What is left of a pause, null where there is none; and whether something is known of one.
select case
           when paused_until > statement_timestamp()
           then extract(epoch from paused_until - statement_timestamp())::float8
       end,
       paused_until is not null or pause_noted,
       pause_by
from firms
where firm_id = %(firm_id)s

-- name: hold
-- A person's pause stays as it is. Of ends that SmartAdvocate named the last one counts. Ours, where it named none, gives way to any of those.
update firms
set paused_until = statement_timestamp() + %(pause)s,
    wake_at = statement_timestamp() + %(pause)s,
    pause_asked = %(asked)s,
    pause_call = %(call)s,
    pause_by = null,
    pause_why = null
where firm_id = %(firm_id)s
  and (pause_by is null or paused_until <= statement_timestamp())
  and (
      paused_until is null
      or paused_until <= statement_timestamp()
      or (pause_asked is null and %(asked)s::interval is not null)
      or (
          paused_until < statement_timestamp() + %(pause)s
          and (pause_asked is null or %(asked)s::interval is not null)
      )
  )

-- name: note
update firms set pause_noted = true where firm_id = %(firm_id)s

-- name: spoke
update firms
set paused_until = null, pause_asked = null, pause_call = null, pause_by = null, pause_why = null,
    pause_noted = false
where firm_id = %(firm_id)s
  and (paused_until <= statement_timestamp() or (paused_until is null and pause_noted))
