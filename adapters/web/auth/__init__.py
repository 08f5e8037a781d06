"""Who asks at the doors of the web: people by a session, programs by a key."""
