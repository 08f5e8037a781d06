"""Pages of those who look after many firms."""
