-- name: now
select statement_timestamp()

-- name: announce
select enter_outbox(
    firm_ids => %(firm_ids)s::text[],
    kinds => %(kinds)s::text[],
    bodies => string_to_array(%(bodies)s::text, E'\n'),
    subjects => %(subjects)s::text[]
)

-- part: columns
row_id, place, firm_id, kind, subject, body, created_at, published_at, text_removed

-- name: behind_of_all
-- Announcements that have a place: the indexes hold only those. Of some firms each is asked through its own index,
-- and a limit keeps the planner there.
select {columns}
from outbox
where place > %(place)s
order by place
limit %(limit)s

-- name: behind
select found.*
from unnest(%(firms)s::text[]) as wanted (firm_id)
cross join lateral (
    select {columns}
    from outbox
    where outbox.firm_id = wanted.firm_id and place > %(place)s
    order by place
    limit %(limit)s
) as found
order by found.place
limit %(limit)s

-- name: last_of_all
select max(place) from outbox where place is not null

-- name: last
select max(found.place)
from unnest(%(firms)s::text[]) as wanted (firm_id)
cross join lateral (
    select place
    from outbox
    where outbox.firm_id = wanted.firm_id and place is not null
    order by place desc
    limit 1
) as found

-- name: newest_of_all
select {columns}
from outbox
where place is not null and (%(before)s::bigint is null or place < %(before)s)
  and (%(kind)s::text is null or kind = %(kind)s)
  and (%(subject)s::text is null or subject = %(subject)s)
order by place desc
limit %(limit)s

-- name: newest
select found.*
from unnest(%(firms)s::text[]) as wanted (firm_id)
cross join lateral (
    select {columns}
    from outbox
    where outbox.firm_id = wanted.firm_id and place is not null
      and (%(before)s::bigint is null or place < %(before)s)
      and (%(kind)s::text is null or kind = %(kind)s)
    order by place desc
    limit %(limit)s
) as found
order by found.place desc
limit %(limit)s

-- name: newest_of_case
select found.*
from unnest(%(firms)s::text[]) as wanted (firm_id)
cross join lateral (
    select {columns}
    from outbox
    where outbox.firm_id = wanted.firm_id and subject = %(subject)s and place is not null
      and (%(before)s::bigint is null or place < %(before)s)
      and (%(kind)s::text is null or kind = %(kind)s)
    order by place desc
    limit %(limit)s
) as found
order by found.place desc
limit %(limit)s

-- name: get
select {columns} from outbox where row_id = %(number)s and kind is not null

-- name: send_again
-- Its old place is given up: it is behind everything that has been published by then.
update outbox
set published_at = null, place = null, tries = 0, again_at = null
where row_id = %(number)s and kind is not null and published_at is not null

-- name: give_all_a_try
-- That an announcement was set aside stays known: an issue tells of it, which ends when it is out.
update outbox
set tries = case when kind is not null and tries >= %(tries)s then tries else 0 end, again_at = null
where firm_id = %(firm_id)s and published_at is null and tries > 0

-- name: remove_texts
update outbox
set body = jsonb_set(body::jsonb, '{data,text}', 'null')::text, text_removed = true
where row_id in (
    select row_id
    from outbox
    where kind = 'message-written' and not text_removed
      and published_at < statement_timestamp() - %(after)s::interval
    order by published_at
    limit %(limit)s
    for no key update skip locked
)
