"""What the core asks of the world: one Protocol a file, its docstring a promise."""
