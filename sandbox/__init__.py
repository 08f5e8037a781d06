"""A SmartAdvocate to try casebridge on, and the upstream that sends it messages.

An independent HTTP server: it imports nothing of casebridge, so that it cannot share a misunderstanding by
sharing code. Where the API sheet says UNKNOWN, the sandbox guesses (grade UNVERIFIED in `routes.py`) and
offers the other readings as switches (`faults.py`). Agreement with the sandbox on such a point proves
nothing about SmartAdvocate.
"""
