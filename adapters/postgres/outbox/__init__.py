"""Announcements and jobs on their way to the broker."""
