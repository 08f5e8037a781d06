"""Deliveries, the lanes they leave in, and what people see of them."""
