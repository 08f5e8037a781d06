"""What people and programs may look at: each query asks first who wants to know."""
