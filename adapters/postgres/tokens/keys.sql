-- name: counts
select key_id, sum(number)::int
from (
    select key_id, count(*) as number from connections group by key_id
    union all
    select token_key_id, count(*) from connections where token_key_id is not null group by token_key_id
    union all
    select key_id, count(*) from connect_states where expires_at > statement_timestamp() group by key_id
) as used
group by key_id
order by key_id

-- name: unaware
-- Connections of processes tell by their name which keys those know; one of an older release tells nothing.
select host(client_addr), count(*), min(backend_start)
from pg_stat_activity
where datname = current_database() and application_name ~ '^casebridge( k|$)'
  and application_name !~ ('[k.]' || %(mark)s)
group by client_addr, application_name
order by min(backend_start)

-- name: one_of_each
(
    select distinct on (key_id) firm_id, '', key_id, nonce, ciphertext
    from connections
    order by key_id, firm_id
)
union all
(
    select distinct on (token_key_id) firm_id, 'token', token_key_id, token_nonce, token_ciphertext
    from connections
    where token_key_id is not null
    order by token_key_id, firm_id
)

-- name: credentials
-- Rows that somebody holds are left for the next round, not waited for.
select firm_id, key_id, nonce, ciphertext from connections
where key_id <> %(current)s and firm_id > %(after)s
order by firm_id limit %(limit)s for update skip locked

-- name: put_credentials
update connections set key_id = %(key_id)s, nonce = %(nonce)s, ciphertext = %(ciphertext)s
where firm_id = %(firm_id)s

-- name: tokens
select firm_id, token_key_id, token_nonce, token_ciphertext from connections
where token_key_id <> %(current)s and firm_id > %(after)s
order by firm_id limit %(limit)s for update skip locked

-- name: put_tokens
update connections set token_key_id = %(key_id)s, token_nonce = %(nonce)s, token_ciphertext = %(ciphertext)s
where firm_id = %(firm_id)s
