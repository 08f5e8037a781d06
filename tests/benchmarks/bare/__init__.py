"""The limits: each a small program on the bare libraries that does the same durable work and nothing else."""
