"""Parts of several use cases: each does one thing in its caller's transaction, or for one of its calls."""
