"""HEAD is answered wherever GET is, without the content (RFC 9110, 9.3.2): probes and link checks ask so."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Lets the routes answer GET, and ends the answer after its head: a stream, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_answered = False

        async def send_head(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                is_answered = True

        async def receive_until_then() -> Message:
            return {"type": "http.disconnect"} if is_answered else await receive()

        await self._app({**scope, "method": "GET"}, receive_until_then, send_head)
