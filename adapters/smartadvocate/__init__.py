"""SmartAdvocate's CaseSyncAPI: HTTP client, log-in, routes table and wire formats.

What is known and what is guessed about this API is in the API sheet; every guess carries the grade UNVERIFIED
in `routes.py` and can be corrected for one firm through its profile (`profile.py`).
"""
