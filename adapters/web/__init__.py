"""HTTP: an API for programs, pages for people, and what serves both."""
