"""What would become of an event: judged for somebody who has one at hand, and not taken."""

from typing import Final

from fastapi import APIRouter, Request, Response

from adapters.web.pages.operations import words
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.shell import Shell
from core.actor import Power
from core.desk import Desk
from core.usecases.receive_events import Incoming, Receipt, Verdict

_HERE: Final = "/events/validate"
_CHANNEL: Final = "http"


def add_validate(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the page and its form."""

    def answered(request: Request, typed: str = "", verdict: Verdict | None = None) -> Response:
        return shell.page(
            request,
            "operations/validate.html",
            typed=typed,
            verdict=verdict,
            is_valid=verdict is not None and verdict.receipt is Receipt.VALID,
            words=words,
        )

    @router.get(_HERE)
    def ask(request: Request) -> Response:
        shell.who(request).must_anywhere(Power.OPERATE)
        return answered(request)

    @router.post(_HERE)
    def validate(request: Request, form: Posted) -> Response:
        typed = form.one("event")
        [verdict] = desk.receive_events.check(shell.who(request), [Incoming(_CHANNEL, typed.encode())])
        return answered(request, typed, verdict)
