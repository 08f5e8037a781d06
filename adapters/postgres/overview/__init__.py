"""Firms at a glance, in Postgres."""
