"""Firms with their settings, version by version."""
