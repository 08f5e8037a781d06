"""What every repository stands on: pool, session, time, text, errors, migrations."""
