"""Bulk operations in Postgres."""
