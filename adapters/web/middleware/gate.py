"""What lets a request through, or answers it itself."""

from abc import ABC, abstractmethod

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.web.errors.answers import Answers


class Gate(ABC):
    """Stands before an application; `answers` tells who is refused."""

    def __init__(self, app: ASGIApp, answers: Answers) -> None:
        self._app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        refusal = await self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    @abstractmethod
    async def _refusal(self, scope: Scope) -> Response | None:
        """Return what to answer instead of the application, None to let it through."""
