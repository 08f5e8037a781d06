"""Which shared notes were seen."""
