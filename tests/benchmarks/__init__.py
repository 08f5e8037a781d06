"""`make bench`: what the service does in a second, beside what the bare libraries do on the same machine."""
