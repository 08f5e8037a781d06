-- Relays are woken after the commit, by the process that wrote: `notify` in a transaction lets commits of the whole
-- server pass one at a time, each with its flush (ADR 99). Processes of the version before are not heard meanwhile:
-- relays look by themselves.
create or replace function enter_outbox(
    firm_ids text[],
    queues   text[] default null,
    job_ids  bigint[] default null,
    kinds    text[] default null,
    bodies   text[] default null,
    subjects text[] default null
) returns bigint
language plpgsql
as $$
declare
    number bigint;
begin
    if firm_ids is null then  -- what an aggregate makes of no rows, as when every job waits already
        return 0;
    end if;
    insert into outbox (queue, kind, firm_id, job_id, body, subject)
    select queue, kind, firm_id, job_id, coalesce(body, job_id::text), subject
    from unnest(queues, kinds, firm_ids, job_ids, bodies, subjects)
        with ordinality as entry (queue, kind, firm_id, job_id, body, subject, place)
    order by place;
    get diagnostics number = row_count;
    return number;
end
$$;
