"""A firm as a file, and the numbers of cells."""
