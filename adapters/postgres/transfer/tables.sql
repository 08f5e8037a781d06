-- Which rows are a firm's: told by the catalogue, but for the tables below.

-- name: columns
-- What can be written: generated columns make themselves.
select relname::text, array_agg(attname::text order by attnum), bool_or(attname = 'firm_id')
from pg_class
join pg_attribute on attrelid = pg_class.oid
where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
  and attnum > 0 and not attisdropped and attgenerated = ''
group by relname
order by relname

-- name: references
select child.relname::text, parent.relname::text,
       array(
           select attname::text
           from unnest(conkey) with ordinality as key (number, place)
           join pg_attribute on attrelid = conrelid and attnum = key.number
           order by place
       ),
       array(
           select attname::text
           from unnest(confkey) with ordinality as key (number, place)
           join pg_attribute on attrelid = confrelid and attnum = key.number
           order by place
       )
from pg_constraint
join pg_class as child on child.oid = conrelid
join pg_class as parent on parent.oid = confrelid
where contype = 'f' and connamespace = current_schema()::regnamespace
order by child.relname, parent.relname

-- name: sequences
select sequencename::text, coalesce(last_value, 0), increment_by
from pg_sequences
where schemaname = current_schema()
order by sequencename

-- name: migrations
select string_agg(name || ' ' || checksum, E'\n' order by name) from schema_migrations

-- name: people_where_of_the_firm_alone
firms = array[%(firm_id)s::text]

-- name: api_keys_where_of_the_firm_alone
firms = array[%(firm_id)s::text]

-- name: bulk_operations_where_of_the_firm_alone
firm_ids = array[%(firm_id)s::text]

-- name: outbox_where_announced
-- Jobs are the cell's own: the new one makes those that it needs.
firm_id = %(firm_id)s and kind is not null

-- name: rejected_events_where_of_the_firm
replayed_at is null and discarded_at is null
and exists (select from unnest(%(spellings)s::bytea[]) as spelling where position(spelling in body) > 0)

-- name: rejected_events_where_late
reason = %(firm_moved)s and replayed_at is null and discarded_at is null
and exists (select from unnest(%(spellings)s::bytea[]) as spelling where position(spelling in body) > 0)

-- name: stays
-- Who or what reaches the firm among others. A name may hold anything: it is only told.
select %(person)s, name from people where firms @> array[%(firm_id)s::text] and cardinality(firms) > 1
union all
select %(api_key)s, name
from api_keys
where firms @> array[%(firm_id)s::text] and cardinality(firms) > 1 and revoked_at is null
union all
select %(bulk_operation)s, bulk_id::text
from bulk_operations
where firm_ids @> array[%(firm_id)s::text] and cardinality(firm_ids) > 1
  and state = any(%(stoppable)s)
order by 1, 2
