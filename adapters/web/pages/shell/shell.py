"""The frame around every page: who is signed in, where one can go, what was done, and errors in words."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from adapters.web.errors.audience import reference_of
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.assets import Assets
from adapters.web.pages.shell.flash import Done, Flash
from adapters.web.pages.shell.navigation import current, groups
from adapters.web.pages.template import templates
from adapters.web.who import Who
from core.actor import Actor, AllFirms, Role
from core.desk import Desk
from core.errors import CasebridgeError, ErrorClass, UnexpectedError
from core.firm import Firm
from core.reason import Reason

_SWITCHABLE: Final = 20  # firms that stand in the switcher; whoever has more looks for them on a page
_STATUS: Final[Mapping[Reason, int]] = {
    Reason.NOT_ALLOWED: 403,
    Reason.NOT_FOUND: 404,
    Reason.FIRM_UNKNOWN: 404,
    Reason.CASE_NOT_FOUND: 404,
    Reason.UNEXPECTED_ERROR: 500,
}
_CLASSES: Final = {ErrorClass.TRANSIENT: 503, ErrorClass.NEEDS_PERSON: 409, ErrorClass.PERMANENT: 400}
_ROLES: Final = {
    Role.FIRM_ADMIN: "administrator of the firm",
    Role.IMPLEMENTATION_MANAGER: "implementation manager",
    Role.OPERATOR: "operator",
    Role.ONLOOKER: "looks as the firm does, and changes nothing",
    Role.SERVICE: "program",
    Role.SYSTEM: "casebridge itself",
}
_log = structlog.get_logger(__name__)


class Shell:
    """Makes pages. One for an application; `secure`: browsers come over https."""

    def __init__(self, desk: Desk, who: Who, *, secure: bool) -> None:
        self._desk = desk
        self._who = who
        self._flash = Flash(secure=secure)
        self.assets = Assets()
        self._templates = templates()

    def who(self, request: Request) -> Actor:
        """Return who asks. Raises what leads a stranger to the sign-in."""
        actor = self._who(request)
        request.state.actor = actor
        return actor

    def router(self) -> APIRouter:
        """Return a router for pages: errors of ours become a page that says what happened and the way on."""
        shell = self

        class PageRoute(APIRoute):
            is_for_people = True

            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                inner = super().get_route_handler()

                async def handle(request: Request) -> Response:
                    try:
                        return await inner(request)
                    except UnexpectedError:
                        raise  # is told of, and answered, like whatever else nobody foresaw
                    except CasebridgeError as error:
                        return shell.refused(request, error)

                return handle

        return APIRouter(route_class=PageRoute, include_in_schema=False)

    def page(
        self,
        request: Request,
        name: str,
        *,
        firm: Firm | None = None,
        status: int = 200,
        form_to: str = "",
        **values: object,
    ) -> Response:
        """Return the template as a page within the frame.

        `firm` is whose page it is: its times are shown. `form_to`: another origin that a form leads to.
        Templates know `frame`, `now` and `zone` beside `values`.
        """
        actor = getattr(request.state, "actor", None)
        done = self._flash.get(request)
        text = self._templates.get_template(name).render(
            frame=self._frame(request, actor, firm, done),
            now=self._desk.clock.now(),
            zone=firm.time_zone if firm else "UTC",
            firm=firm,
            **values,
        )
        answer = safe(HTMLResponse(text, status), form_to)
        if done is not None:
            self._flash.drop(request, answer)
        return answer

    def to(self, where: str, done: Done | None = None) -> Response:
        """Lead the browser on after a form, and let the next page say what was done."""
        answer = safe(RedirectResponse(where, 303))
        if done is not None:
            self._flash.put(answer, done)
        return answer

    def refused(self, request: Request, error: CasebridgeError) -> Response:
        """Return the page for an error of ours."""
        status = _STATUS.get(error.reason) or _CLASSES[error.error_class]
        reference = ""
        if status >= 500:
            reference = reference_of(request.scope)
            facts = {"reason": error.reason, "firm_id": error.facts.firm_id, "reference": reference}
            _log.warning("page_failed", **facts)
        words = WORDS[error.reason]
        detail = str(error) if error.reason is Reason.CONFIGURATION else ""
        return self.error(request, status, words.what, words.next_step, detail=detail, reference=reference)

    def error(
        self,
        request: Request,
        status: int,
        what: str,
        next_step: str,
        *,
        detail: str = "",
        reference: str = "",
    ) -> Response:
        """Return the page that says what went wrong; `reference` is what the log calls it."""
        values = {"code": status, "what": what, "next_step": next_step, "detail": detail}
        return self.page(
            request, "shell/error.html", status=status, reference=reference, **cast("Any", values)
        )

    def _frame(
        self, request: Request, actor: Actor | None, firm: Firm | None, done: Done | None
    ) -> Mapping[str, Any]:
        path = request.url.path
        named = firm.name if firm and firm.name != firm.firm_id else (firm.firm_id if firm else "")
        shown = [*groups(actor, firm.firm_id if firm else None, named)] if actor else []
        return {
            "groups": shown,
            "current": current(shown, path),
            "who": actor.name if actor else None,
            "role": _ROLES.get(actor.role, actor.role.value.replace("-", " ")) if actor else "",
            "firms": self._others(actor, firm) if actor else [],
            "reaches_many": actor is not None and actor.firm_id is None and bool(actor.firms),
            "looking": actor is not None and actor.role is Role.ONLOOKER,
            "done": done,
            "here": path + (f"?{request.url.query}" if request.url.query else ""),
        }

    def _others(self, actor: Actor, firm: Firm | None) -> Sequence[tuple[str, str]]:
        """Return the other firms of an actor of a few, as (address, name)."""
        firms = actor.firms
        if isinstance(firms, AllFirms) or not 1 < len(firms) <= _SWITCHABLE:
            return []
        try:
            found = self._desk.firms.all(actor)
        except CasebridgeError:
            return []  # the page itself says what is wrong
        return [
            (f"/firms/{quote(other.firm_id, safe='')}", other.name or other.firm_id)
            for other in found
            if firm is None or other.firm_id != firm.firm_id
        ]
