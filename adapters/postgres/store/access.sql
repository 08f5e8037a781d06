-- name: begin
select set_config('role', %(role)s, true), set_config('casebridge.firms', %(firms)s, true)

-- name: owner
select current_user

-- name: schema
select current_schema()

-- name: role
select from pg_roles where rolname = %(role)s

-- name: may_become
select pg_has_role(current_user, %(role)s, %(option)s)
