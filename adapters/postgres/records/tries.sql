-- name: failed
insert into tries (firm_id, thing, key)
select %(firm_id)s, %(thing)s, key
from unnest(%(keys)s::text[]) as failed (key)
order by key collate "C"
on conflict (firm_id, thing, key) do update set times = tries.times + 1, last_at = statement_timestamp()
returning times

-- name: went_well
delete from tries
where firm_id = %(firm_id)s and thing = %(thing)s and key = any(%(keys)s)

-- name: set_aside
select key
from tries
where firm_id = %(firm_id)s and thing = %(thing)s and key = any(%(keys)s)
  and times >= %(tries)s and last_at > statement_timestamp() - %(for)s::interval

-- name: give_all_a_try
with all_of_it as (
    delete from tries where firm_id = %(firm_id)s returning times
)
select count(*) from all_of_it where times >= %(tries)s
