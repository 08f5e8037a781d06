"""What is kept for people to look at: issues, audit log, reports, statistics."""
