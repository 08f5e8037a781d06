"""What is said where a request is not answered as it wished: one place decides for pages and the API."""
