"""What the core asks of the world: one subject a file, its docstrings promises."""
