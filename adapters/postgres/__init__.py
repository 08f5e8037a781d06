"""Postgres, the truth: repositories behind the core's ports, migrations, pool, outbox reader."""
