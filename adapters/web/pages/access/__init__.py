"""Pages of who has access: signing in and out, one's own sessions, API keys."""
