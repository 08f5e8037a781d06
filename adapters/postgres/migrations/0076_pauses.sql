-- What is known of a firm's pause beside its end (`paused_until`): how long SmartAdvocate wanted it (null: it named
-- no length), and to which call it answered so. `wake_at` is when what waits for the firm is to go on: null once
-- that has been seen to. `pause_noted`: an issue says that it asked for more than is granted.
alter table firms
    add column pause_asked interval,
    add column pause_call  text,
    add column wake_at     timestamptz,
    add column pause_noted boolean not null default false;

create index firms_waking on firms (wake_at) where wake_at is not null;

-- A pause that is in force while this is applied comes to its end as well.
update firms set wake_at = paused_until where paused_until > now();

-- Slices of a run that were cut short one after the other: its worker was killed each time.
alter table runs add column cut_short integer not null default 0;
