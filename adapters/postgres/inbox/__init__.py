"""Upstream events: each accepted one once, and those that were set aside."""
