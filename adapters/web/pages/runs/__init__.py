"""Pages about runs of the case sync."""
