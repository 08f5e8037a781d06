"""What happens to a request whose client hangs up, or that meets an error nobody expected."""

from collections.abc import Callable
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.web.audience import reference_of
from core.errors import UnexpectedError

# Where even the answer for it has failed.
_ERROR: Final = b"Something went wrong on our side. Try once more in a while.\n"
_log = structlog.get_logger(__name__)


class Unexpected:
    """Stands around an application: an exception that leaves it is one line, and an answer if none began.

    The line tells the error's type and place and no more: its message, and the traceback with it, may quote
    what somebody wrote. It is given to `count`, in a thread of its own.
    """

    def __init__(self, app: ASGIApp, count: Callable[[BaseException], object] = lambda _: None) -> None:
        self._app = app
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            _log.info("client_hung_up", method=scope.get("method"), route=_route(scope))
        except Exception as error:  # noqa: BLE001 - the last who can say anything of it
            facts = {"method": scope.get("method"), "route": _route(scope), "reference": reference_of(scope)}
            _log.error("request_failed", **facts, **about(error))
            await run_in_threadpool(self._count, error)
        else:
            return
        if not has_begun:
            headers = [
                (b"content-type", b"text/plain"),
                (b"connection", b"close"),
                (b"cache-control", b"no-store"),
            ]
            headers.append((b"content-length", str(len(_ERROR)).encode()))
            await send({"type": "http.response.start", "status": 500, "headers": headers})
            await send({"type": "http.response.body", "body": _ERROR})


def about(error: BaseException) -> dict[str, str]:
    """Describe an error by its type and place, without its message; of an UnexpectedError, its cause."""
    if isinstance(error, UnexpectedError) and error.__cause__ is not None:
        error = error.__cause__
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return {"error_type": type(error).__name__, "where": where}


def _route(scope: Scope) -> str:
    """Return the route's pattern, not the path: that may hold a link or a code."""
    return str(getattr(scope.get("route"), "path", "?"))
