-- Text that is kept for a while only. Rows that somebody has in hand are left for the next time.
-- What is due is an array, so that it is found by its key whatever the planner takes its number for.

-- name: purge_delivered
with due as materialized (
    select old.delivery_id
    from firms
    cross join lateral (
        select delivery_id
        from deliveries
        where deliveries.firm_id = firms.firm_id and phase = 'done' and purged_at is null
          and delivered_at < statement_timestamp() - coalesce(
              (firms.settings ->> 'keep_text_days')::integer * interval '1 day', %(after)s::interval
          )
        order by delivered_at
        limit %(limit)s
        for no key update skip locked
    ) as old
    limit %(limit)s
)
update deliveries
set data = data - %(private)s::text[], purged_at = statement_timestamp()
where delivery_id = any (array(select delivery_id from due))

-- name: purge_failed
-- What it had failed with stays as its detail.
with due as materialized (
    select delivery_id
    from deliveries
    where phase = 'failed' and purged_at is null and created_at < statement_timestamp() - %(after)s::interval
    order by created_at
    limit %(limit)s
    for no key update skip locked
)
update deliveries
set data = data - %(private)s::text[], purged_at = statement_timestamp(),
    reason = %(text_purged)s, detail = coalesce(detail, reason)
where delivery_id = any (array(select delivery_id from due))
