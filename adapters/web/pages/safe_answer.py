"""What every page says to the browser of itself: nothing from elsewhere, no code within it, nothing kept."""

from fastapi import Response


def safe(answer: Response, form_to: str = "") -> Response:
    """Return the answer with its headers. `form_to`: where a form ends up."""
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"form-action 'self' {form_to}".rstrip()
        + "; base-uri 'none'; frame-ancestors 'none'"
    )
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer
