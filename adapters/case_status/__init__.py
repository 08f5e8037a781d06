"""Case Status beyond its events: the content of documents, fetched from allow-listed hosts."""
