"""What the operating system gives: the time, logs."""
