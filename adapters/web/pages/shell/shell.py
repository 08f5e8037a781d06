"""The frame around every page: who is signed in, where one can go, what was done, and errors in words."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from markupsafe import escape

from adapters.web.audience import reference_of
from adapters.web.auth.strangers import NotSignedInError
from adapters.web.pages.page_words import UNUSABLE, WORDS
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.assets import Assets
from adapters.web.pages.shell.flash import Done, Flash
from adapters.web.pages.shell.navigation import current, groups
from adapters.web.pages.shell.template import templates
from adapters.web.pages.thing_words import MISSING, Missing
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
_STORE_MAY_BE_AWAY: Final = 500  # from this status on no page asks it once more
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
                        # In a thread: the page's frame may ask the store once more.
                        return await run_in_threadpool(shell.refused, request, error)

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
            frame=self._frame(request, actor, firm, done, status),
            now=self._desk.clock.now(),
            zone=firm.time_zone if firm else "UTC",
            firm=firm,
            **values,
        )
        answer = safe(HTMLResponse(text, status), form_to)
        if done is not None:
            self._flash.drop(request, answer)
        return answer

    def counted(self, request: Request, told: str, back: str, firm: Firm | None = None) -> Response:
        """Return a list's total, which comes after the list: to the list itself as its words alone.

        Whoever follows the link to it without scripts gets a page, with the way `back`.
        """
        if "hx-request" in request.headers:
            return safe(HTMLResponse(escape(told)))
        return self.page(request, "shell/count.html", firm=firm, told=told, back=back)

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
        words, detail = WORDS[error.reason], ""
        if error.reason is Reason.CONFIGURATION:
            words, detail = UNUSABLE, _sentence(str(error))
        if error.reason is Reason.FIRM_UNKNOWN:
            step = "Check the address. Firms that are yours stand under “Firms”"
            return self.error(request, status, words.what, step, way=("/firms", "Firms"))
        if error.facts.thing is not None:
            return self._missing(request, status, MISSING[error.facts.thing], error.facts.firm_id)
        return self.error(request, status, words.what, words.next_step, detail=detail, reference=reference)

    def _missing(self, request: Request, status: int, missing: Missing, firm_id: str | None) -> Response:
        """Return the page for what is not there, with the way to those that are."""
        firm_id, actor = firm_id or request.path_params.get("firm_id"), getattr(request.state, "actor", None)
        is_theirs = firm_id is None or actor is None or actor.reaches(firm_id)
        listed = missing.address(firm_id) if is_theirs else None
        words = WORDS[Reason.NOT_FOUND]
        step = f"Those that are here stand under “{missing.list_name}”" if listed else words.next_step
        way = (listed, missing.list_name) if listed else None
        return self.error(request, status, missing.what, step, way=way)

    def error(
        self,
        request: Request,
        status: int,
        what: str,
        next_step: str,
        *,
        detail: str = "",
        reference: str = "",
        way: tuple[str, str] | None = None,
        asks_who: bool = False,
    ) -> Response:
        """Return the page that says what went wrong; `reference` is what the log calls it.

        `way` is where to go on, and what that page is called; else the first page. `asks_who`: no page has
        found out who is signed in, and the frame is to show them where they can go.
        """
        values = {"code": status, "what": what, "next_step": next_step, "detail": detail, "way": way}
        firm = None
        if status < _STORE_MAY_BE_AWAY:
            if asks_who:
                self._recognise(request)
            firm = self._firm_of(request)
        return self.page(
            request, "shell/error.html", firm=firm, status=status, reference=reference, **cast("Any", values)
        )

    def _recognise(self, request: Request) -> None:
        try:
            self.who(request)
        except (NotSignedInError, CasebridgeError):
            return  # the page is a stranger's, then

    def _firm_of(self, request: Request) -> Firm | None:
        """Return the firm whose page it would have been, where it is known and may be looked at."""
        actor, firm_id = getattr(request.state, "actor", None), request.path_params.get("firm_id")
        if actor is None or firm_id is None:
            return None
        try:
            return self._desk.firms.get(actor, firm_id)
        except CasebridgeError:
            return None

    def _frame(
        self, request: Request, actor: Actor | None, firm: Firm | None, done: Done | None, status: int
    ) -> Mapping[str, Any]:
        path = request.url.path
        shown = []
        if actor and firm:
            shown = [*groups(actor, firm.firm_id, firm.name)]
        elif actor:  # whoever has one firm finds its pages beside their own
            shown = [*groups(actor, actor.firm_id, "Your firm")]
        return {
            "groups": shown,
            "current": current(shown, path),
            "who": actor.name if actor else None,
            "role": _ROLES.get(actor.role, actor.role.value.replace("-", " ")) if actor else "",
            "firms": self._others(actor, firm) if actor and status < _STORE_MAY_BE_AWAY else [],
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


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
