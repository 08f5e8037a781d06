-- Tries to sign in, counted over all processes of the web: of each address and person, by its digest, when it may try
-- as often as anybody again. A row that is past is as good as none, and goes with later tries.
create table sign_in_tries (
    who     bytea primary key,
    full_at timestamptz not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index sign_in_tries_full on sign_in_tries (full_at);
