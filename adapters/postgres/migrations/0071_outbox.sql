-- The only way into the outbox: arrays of equal length, those left out are null. Rows are numbered in the
-- order of the arrays, and relays are woken once a transaction. Without a body it is the job's number.
create function enter_outbox(
    firm_ids text[],
    queues   text[] default null,
    job_ids  bigint[] default null,
    kinds    text[] default null,
    bodies   text[] default null
) returns bigint
language plpgsql
as $$
declare
    number bigint;
begin
    if firm_ids is null then  -- what an aggregate makes of no rows, as when every job waits already
        return 0;
    end if;
    insert into outbox (queue, kind, firm_id, job_id, body)
    select queue, kind, firm_id, job_id, coalesce(body, job_id::text)
    from unnest(queues, kinds, firm_ids, job_ids, bodies)
        with ordinality as entry (queue, kind, firm_id, job_id, body, place)
    order by place;
    get diagnostics number = row_count;
    perform pg_notify('casebridge_outbox', '');
    return number;
end
$$;
