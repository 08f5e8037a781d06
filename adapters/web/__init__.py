"""HTTP: events in, health and metrics out."""
