-- What was announced can be read in the order in which the exchange got it, and sent again.
--
-- `place` is given by the relay when the broker has confirmed an announcement. Relays take turns, so whoever has
-- read up to a place has missed nothing before it; `row_id` could not promise that, because a lower one may be
-- committed later. Only what has a place is in the indexes: who announces pays nothing for them.
alter table outbox
    add column subject      text collate "C",
    add column place        bigint,
    add column text_removed boolean not null default false;

create sequence outbox_place;

update outbox
set place = given.place, subject = given.body::jsonb ->> 'subject'
from (
    select row_id, body, nextval('outbox_place') as place
    from (
        select row_id, body from outbox where kind is not null and published_at is not null order by row_id
    ) as published
) as given
where outbox.row_id = given.row_id;

create unique index outbox_by_place on outbox (place) where place is not null;
create index outbox_by_firm on outbox (firm_id, place) where place is not null;
create index outbox_by_case on outbox (firm_id, subject, place) where place is not null and subject is not null;
create index outbox_texts on outbox (published_at) where kind = 'message-written' and not text_removed;

-- The only way into the outbox, as before, now with the case that an announcement is about.
drop function enter_outbox(text[], text[], bigint[], text[], text[]);

create function enter_outbox(
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
    perform pg_notify('casebridge_outbox', '');
    return number;
end
$$;
