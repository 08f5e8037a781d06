-- What a lane remembers beyond its queue: `newest_at`, when the newest of what went out had been sent, so that
-- a late arrival is known as one; `tried_at`, when somebody last tried to lift its hold.
alter table lanes
    add column newest_at timestamptz,
    add column tried_at  timestamptz;

-- The attempt that delivered is part of the delivery itself: `began_at`, `took_ms`, `delivered_at`, `adopted`.
-- `probe_of` is the hold that this delivery was let out of to see whether it still stands.
alter table deliveries
    add column late     boolean not null default false,
    add column began_at timestamptz,
    add column took_ms  integer,
    add column probe_of text;

comment on column deliveries.note_id is 'SmartAdvocate''s id of the note or document';

-- In place of lanes_held: also tells which held lane of a firm was tried longest ago.
create index lanes_resting on lanes (held_for, firm_id, tried_at nulls first, case_integration_id)
    where held_for is not null;
drop index lanes_held;

update lanes
set newest_at = newest.occurred_at
from (
    select firm_id, kind, case_integration_id, max(occurred_at) as occurred_at
    from deliveries
    where phase = 'done'
    group by firm_id, kind, case_integration_id
) as newest
where lanes.firm_id = newest.firm_id and lanes.kind = newest.kind
  and lanes.case_integration_id = newest.case_integration_id;

-- For lists and replays by reason, and to see whether anything is left that an issue is about.
create index deliveries_reason on deliveries (firm_id, phase, reason, delivery_id)
    where phase in ('held', 'failed');

-- Attempts that did not deliver, and what else befell a delivery. In a run without faults there is none.
create table delivery_attempts (
    attempt_id  bigserial primary key,
    delivery_id bigint not null,
    firm_id     text collate "C" not null,
    ended_at    timestamptz not null default now(),
    began_at    timestamptz,
    took_ms     integer,
    outcome     text not null,
    status      integer,
    reason      text,
    detail      text
);

create index delivery_attempts_of on delivery_attempts (delivery_id, attempt_id);

-- When a delivery was last let out to see whether a firm's hold still stands.
create table hold_probes (
    firm_id   text collate "C" not null,
    kind      text collate "C" not null,
    reason    text collate "C" not null,
    probed_at timestamptz not null,
    primary key (firm_id, kind, reason)
);
