"""Connections with their secrets, consents, and the keys that encrypt both."""
