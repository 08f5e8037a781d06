"""`/v1`: the use cases for Case Status' own services."""
