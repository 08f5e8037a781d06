-- Claims name their owner, a process and one of its errands ("12/345"), and end with it (ADR 97).
--
-- `lease_until` stays for one release. A claim of this version has it at `infinity`, and a lane's `ready_at` too: so
-- processes of the version before leave what they find claimed alone, and count the seats. A claim of theirs, also one that
-- is in force while this runs, has an end, and is treated as it always was.

-- Where the lane stands in its owner's claim.
alter table lanes add column place integer;

-- What a process holds is found by the beginning of the owner's name. Equality finds it as well.
create index lanes_of_owner on lanes (owner text_pattern_ops) where owner is not null;
drop index lanes_owned;

alter table jobs add column owner text;
alter table hand_seats add column owner text;

-- The claim in which a delivery came into doubt, and its place there. They count only while the doubt is that of then:
-- `doubtful_since` moves on with each later one.
alter table deliveries
    add column lost_owner text,
    add column lost_place integer,
    add column lost_at timestamptz;
