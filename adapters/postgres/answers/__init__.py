"""Answers that are kept, so that a request is carried out once."""
