-- name: save_exceptions
insert into exception_reports (firm_id, day, document)
values (%(firm_id)s, %(day)s, (%(document)s::jsonb) -> 0)
on conflict (firm_id, day) do update set document = excluded.document, made_at = now()

-- name: exceptions
select document
from exception_reports
where firm_id = %(firm_id)s and (%(day)s::date is null or day = %(day)s)
order by day desc
limit 1

-- name: exception_days
select day from exception_reports where firm_id = %(firm_id)s order by day desc limit %(limit)s

-- name: exception_list
select day, coalesce((document ->> 'cases')::integer, 0), coalesce(document -> 'by_reason', '{}')
from exception_reports
where firm_id = %(firm_id)s and day < coalesce(%(before)s::date, 'infinity')
order by day desc
limit %(limit)s

-- part: probe_columns
number, firm_id, kind, passed, at, document

-- name: add_probe
insert into probe_results (firm_id, kind, passed, document)
values (%(firm_id)s, %(kind)s, %(passed)s, (%(document)s::jsonb) -> 0)
returning number

-- name: probe
select {probe_columns} from probe_results where number = %(number)s

-- name: probes
select {probe_columns}
from probe_results
where firm_id = %(firm_id)s and kind = %(kind)s
order by number desc
limit %(limit)s
