-- What becomes of a delivery that is to leave again: one that was held, not begun, or replayed. One that may have
-- reached SmartAdvocate stays in doubt, and is looked up at once. Inlined by the planner: they cost nothing.
create function casebridge_state_again(doubtful_since timestamptz) returns text
    language sql immutable parallel safe
    return case when doubtful_since is null then 'pending' else 'unknown' end;

create function casebridge_run_at_again(doubtful_since timestamptz) returns timestamptz
    language sql stable parallel safe
    return case when doubtful_since is not null then statement_timestamp() end;

-- Sentences are the reader's: what is stored is the reason, and what the delivery had failed with before.
update deliveries
set detail = regexp_replace(detail, '^its text was removed after .* It had failed: ', '')
where phase = 'failed' and reason = 'text_purged';
