"""What pages show, read in one statement each."""
