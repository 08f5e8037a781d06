"""What the service does: one use case a file, each deciding by the rules and acting through the ports."""
