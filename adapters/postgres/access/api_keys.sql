-- part: columns
key_id, name, begins, scopes, firms, made_at, made_by, expires_at, revoked_at, used_at, followed_by

-- name: add
insert into api_keys (digest, begins, name, scopes, firms, made_at, made_by, expires_at)
values (%(digest)s, %(begins)s, %(name)s, %(scopes)s, %(firms)s, statement_timestamp(), %(made_by)s, %(expires_at)s)
returning {columns}

-- name: find
select {columns} from api_keys where digest = %(digest)s

-- name: get
select {columns}
from api_keys
where key_id = %(key_id)s and (%(within)s::text[] is null or (cardinality(firms) > 0 and firms <@ %(within)s))
for no key update

-- part: opens
revoked_at is null and (expires_at is null or expires_at > statement_timestamp())

-- part: wanted
(%(before)s::bigint is null or key_id < %(before)s)
and (%(with_over)s or ({opens}))
and (%(words)s::text = '' or position(lower(%(words)s::text) in lower(name)) > 0 or %(words)s = any(firms))

-- name: list
select {columns}
from api_keys
where {wanted}
order by key_id desc
limit %(limit)s

-- name: list_of_firms
-- Each firm is asked through its own index, and for no more than a page. A key stands under the first of its firms,
-- and is seen by whoever reaches them all.
select found.*
from unnest(%(within)s::text[]) as mine (firm_id)
cross join lateral (
    select {columns}
    from api_keys
    where firms[1] = mine.firm_id and firms <@ %(within)s and {wanted}
    order by key_id desc
    limit %(limit)s
) as found
order by found.key_id desc
limit %(limit)s

-- name: good_named
select {columns}
from api_keys
where name = %(name)s and {opens}
  and (%(within)s::text[] is null or (cardinality(firms) > 0 and firms <@ %(within)s))
order by key_id desc
limit 1

-- name: follow
update api_keys
set followed_by = %(by)s, expires_at = least(expires_at, statement_timestamp() + %(overlap)s)
where key_id = %(key_id)s

-- name: revoke
update api_keys set revoked_at = statement_timestamp() where key_id = %(key_id)s and revoked_at is null

-- name: note_use
update api_keys set used_at = statement_timestamp() where key_id = %(key_id)s

-- name: revoke_of_firm
update api_keys
set revoked_at = statement_timestamp()
where firms = array[%(firm_id)s::text] collate "C" and revoked_at is null

-- name: take_firm
update api_keys set firms = array_remove(firms, %(firm_id)s) where %(firm_id)s = any(firms)
