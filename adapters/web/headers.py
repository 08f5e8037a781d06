"""What every answer says to the browser about itself, unless a page says it more exactly."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# For what is no page: nothing in it is to be run, shown within another, or led on by a form.
_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_A_YEAR: Final = "max-age=31536000"
_FEATURES: Final = (
    "camera",
    "display-capture",
    "geolocation",
    "microphone",
    "midi",
    "payment",
    "usb",
    "serial",
)
_OFF: Final = ", ".join(f"{feature}=()" for feature in _FEATURES)
# Files that are the same for everybody; whoever serves them says how long they are good.
_FILES: Final = ("/assets/", "/docs/")


class SecurityHeaders:
    """Adds headers that an answer does not have. `secure`: browsers come over https, and stay there."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                complete(MutableHeaders(scope=message), str(scope["path"]), secure=self._secure)
            await send(message)

        await self._app(scope, receive, sending)


def complete(headers: MutableHeaders, path: str, *, secure: bool) -> None:
    """Add what the answer to a request for `path` does not have."""
    headers.setdefault("Content-Security-Policy", _NOTHING)
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # With none at all a browser that sends no Sec-Fetch-Site would say `Origin: null` of our own forms.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", _OFF)
    if not path.startswith(_FILES):
        headers.setdefault("Cache-Control", "no-store")
    if secure:
        headers.setdefault("Strict-Transport-Security", _A_YEAR)
