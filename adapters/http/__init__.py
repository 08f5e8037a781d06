"""What all outgoing calls share: client, limits, which hosts may be spoken to, redirects, `Retry-After`."""
