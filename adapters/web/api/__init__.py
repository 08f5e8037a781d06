"""The HTTP API: events in, health and metrics out."""
