-- part: columns
session_id, person, name, role, firms, way, issued_at, seen_at, seen_at + idle, ends_at, agent

-- part: is_alive
ends_at > statement_timestamp() and seen_at + idle > statement_timestamp()

-- part: reaches_no_more
-- Null stands for all firms, on both sides.
(%(within)s::text[] is null or firms <@ %(within)s::text[])

-- name: forget_links
delete from sign_in_links where expires_at < statement_timestamp()

-- name: forget_sessions
-- A session that was idle for too long goes when it would have ended anyway.
delete from sessions where ends_at < statement_timestamp()

-- name: new_link
insert into sign_in_links (link_hash, person, name, role, firms, way, idle, whole, expires_at)
values (%(link)s, %(person)s, %(name)s, %(role)s, %(firms)s, %(way)s, %(idle)s, %(whole)s,
        statement_timestamp() + %(life)s)

-- name: open_link
with used as (
    delete from sign_in_links where link_hash = %(link)s
    returning person, name, role, firms, way, idle, whole, expires_at
)
insert into sessions (session_hash, person, name, role, firms, way, agent, issued_at, seen_at, idle, ends_at)
select %(session)s, person, name, role, firms, way, %(agent)s, statement_timestamp(), statement_timestamp(), idle,
       statement_timestamp() + whole
from used
where expires_at > statement_timestamp()
returning {columns}

-- name: open
insert into sessions (session_hash, person, name, role, firms, way, agent, issued_at, seen_at, idle, ends_at)
values (%(session)s, %(person)s, %(name)s, %(role)s, %(firms)s, %(way)s, %(agent)s, statement_timestamp(),
        statement_timestamp(), %(idle)s, statement_timestamp() + %(whole)s)
returning {columns}

-- name: find
select {columns} from sessions where session_hash = %(session)s and {is_alive}

-- name: touch
update sessions set seen_at = statement_timestamp() where session_id = %(session_id)s and {is_alive}

-- name: of
select {columns} from sessions where person = %(person)s and {reaches_no_more} and {is_alive} order by session_id desc

-- name: end
delete from sessions
where person = %(person)s and {reaches_no_more} and (%(session_id)s::bigint is null or session_id = %(session_id)s)

-- name: end_links
delete from sign_in_links where person = %(person)s and {reaches_no_more}

-- name: end_known_as
delete from sessions where way <> %(visitor)s and (name = %(name)s or person = %(person)s)

-- name: end_links_known_as
delete from sign_in_links where way <> %(visitor)s and (name = %(name)s or person = %(person)s)

-- name: end_sessions_of_firm
delete from sessions where firms = array[%(firm_id)s::text] collate "C"

-- name: end_links_of_firm
delete from sign_in_links where firms = array[%(firm_id)s::text] collate "C"

-- name: take_firm_from_sessions
update sessions set firms = array_remove(firms, %(firm_id)s) where %(firm_id)s = any(firms)

-- name: take_firm_from_links
update sign_in_links set firms = array_remove(firms, %(firm_id)s) where %(firm_id)s = any(firms)
