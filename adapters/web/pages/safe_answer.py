"""What every page says to the browser about itself: no scripts, no frames of others, nothing kept."""

from fastapi import Response


def safe(answer: Response, form_to: str = "", within: str = "'none'") -> Response:
    """Return the answer with its headers. `form_to`: where a form ends up; `within`: what may frame it."""
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self' {form_to}".rstrip()
        + f"; base-uri 'none'; frame-ancestors {within}"
    )
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer
