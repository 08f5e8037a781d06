-- name: wake
select pg_notify(channel, '') from unnest(%(channels)s::text[]) as channel
