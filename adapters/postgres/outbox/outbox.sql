-- name: now
select statement_timestamp()

-- name: announce
select enter_outbox(
    firm_ids => %(firm_ids)s::text[],
    kinds => %(kinds)s::text[],
    bodies => string_to_array(%(bodies)s::text, E'\n'),
    subjects => %(subjects)s::text[]
)
