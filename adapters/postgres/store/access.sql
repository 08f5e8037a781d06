-- part: settings
-- What people leave open differs from one question to the next: a plan for any of them would be one for none.
set_config('role', %(role)s, true), set_config('casebridge.firms', %(firms)s, true),
       set_config('statement_timeout', %(statement_timeout)s, true),
       set_config('idle_in_transaction_session_timeout', %(idle_in_transaction_session_timeout)s, true),
       set_config('lock_timeout', %(lock_timeout)s, true),
       set_config('plan_cache_mode', 'force_custom_plan', true)

-- name: begin
select {settings}

-- name: begin_limited
-- The transaction's clock runs by the session's limit already: only one that is stopped takes another.
select {settings},
       set_config('transaction_timeout', '0', true),
       set_config('transaction_timeout', %(transaction_timeout)s, true)

-- name: owner
select current_user

-- name: schema
select current_schema()

-- name: role
select from pg_roles where rolname = %(role)s

-- name: may_become
select pg_has_role(current_user, %(role)s, %(option)s)
