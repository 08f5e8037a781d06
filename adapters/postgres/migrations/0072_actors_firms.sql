-- The second wall between firms (ADR 72): whoever works for a person or a program sees the rows of its firms
-- alone, whatever a statement asks for. Workers and schedulers work as the owner, whom policies do not hold.
--
-- `casebridge.firms` is set for one transaction: '*' for all firms, an array of ids, or nothing: no firm.

create function casebridge_all_firms() returns boolean language sql stable parallel safe
return coalesce(current_setting('casebridge.firms', true) = '*', false);

create function casebridge_firms() returns text[] language sql stable parallel safe
return case when current_setting('casebridge.firms', true) like '{%' then current_setting('casebridge.firms')::text[] end;

-- To be called for every new table with a firm_id. The settings are read once a statement, not once a row.
create function casebridge_guard(guarded regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', guarded);
    execute format(
        'create policy of_the_actors_firms on %s for all '
        'using ((select casebridge_all_firms()) or firm_id = any ((select casebridge_firms())::text[]))',
        guarded
    );
end
$$;

do $$
declare
    guarded regclass;
begin
    for guarded in
        select pg_class.oid
        from pg_class
        join pg_attribute on attrelid = pg_class.oid and attname = 'firm_id' and not attisdropped
        where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace
        order by relname
    loop
        perform casebridge_guard(guarded);
    end loop;
end
$$;

-- Nobody can tell for certain whose an event is that does not validate: whoever brought it may add it, and
-- only who sees all firms may look.
alter table rejected_events enable row level security;
create policy for_all_firms on rejected_events for all using ((select casebridge_all_firms()));
create policy set_aside on rejected_events for insert with check (true);
