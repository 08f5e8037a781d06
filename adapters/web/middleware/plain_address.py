"""No address holds what no text does: U+0000 and its like, which nothing here is called by or could store."""

import re
from typing import Final

from starlette.responses import Response
from starlette.types import Scope

from adapters.web.middleware.gate import Gate

_IN_A_PATH: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
# Tabs and line ends are what somebody pasted into a field that is looked for.
_IN_A_QUERY: Final = re.compile(
    rb"%(?:0[0-8bcef]|1[0-9a-f]|7f)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", re.IGNORECASE
)


class PlainAddress(Gate):
    """Answers 400 where the path or the query holds a control character: before any route meets it."""

    async def _refusal(self, scope: Scope) -> Response | None:
        if not (_IN_A_PATH.search(scope["path"]) or _IN_A_QUERY.search(scope["query_string"])):
            return None
        what, step = (
            "The address holds a control character",
            "Type it anew: what was pasted had one that is not seen",
        )
        return self._answers.refused(scope, 400, "malformed", what, step)
