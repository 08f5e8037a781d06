"""Whoever looks at a firm's pages as the firm sees them is less there than elsewhere."""

from typing import Final
from urllib.parse import quote

from starlette.requests import Request

from adapters.web.who import Who
from core.actor import Actor, Power

# Names the firm. It needs no proof: it takes powers away, and gives none.
LOOKING: Final = "casebridge-looking"


def looking(who: Who) -> Who:
    """Return who asks, with an onlooker in the place of a manager who looks at that firm's pages."""

    def who_looks(request: Request) -> Actor:
        actor = who(request)
        firm = request.cookies.get(LOOKING, "")
        path = request.scope["path"]
        if not firm or not actor.may(Power.OPERATE):
            return actor
        firm_id = next((part for part in path.split("/")[2:3] if quote(part, safe="") == firm), None)
        if firm_id is None or not path.startswith("/firms/") or not actor.reaches(firm_id):
            return actor
        return actor.as_onlooker(firm_id)

    return who_looks
