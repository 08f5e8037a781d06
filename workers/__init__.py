"""The workers: Dramatiq actors, what surrounds them, and their start and stop."""
