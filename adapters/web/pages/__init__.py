"""Pages for people: a firm's connection, and a verification to print."""
