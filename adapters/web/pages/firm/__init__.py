"""A firm's own pages: home, problems, connection, verification."""
