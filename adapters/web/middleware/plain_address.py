"""No address holds what no text does: U+0000 and its like, which nothing here is called by or could store."""

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.web.errors.answers import Answers

_IN_A_PATH: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
# Tabs and line ends are what somebody pasted into a field that is looked for.
_IN_A_QUERY: Final = re.compile(
    rb"%(?:0[0-8bcef]|1[0-9a-f]|7f)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", re.IGNORECASE
)


class PlainAddress:
    """Answers 400 where the path or the query holds a control character: before any route meets it."""

    def __init__(self, app: ASGIApp, answers: Answers) -> None:
        self._app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and (
            _IN_A_PATH.search(scope["path"]) or _IN_A_QUERY.search(scope["query_string"])
        ):
            answer = self._answers.refused(
                scope,
                400,
                "malformed",
                "The address holds a control character",
                "Type it anew: what was pasted had one that is not seen",
            )
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)
