"""Who has access: sessions, people, API keys."""
