"""`/account`: who one is here, one's own sessions, and ending them."""

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from adapters.web.auth.session_cookie import Sessions
from adapters.web.pages.access.agents import agent_words
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.flash import Done
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.numbers import count
from adapters.web.pages.shell.shell import Shell
from core.actor import AllFirms
from core.desk import Desk
from core.session import Way

_WAYS = {
    Way.LINK: "by a link",
    Way.CONNECT_LINK: "by the firm's link",
    Way.PROVIDER: "at your organisation",
}


def add_account_pages(app: FastAPI, desk: Desk, shell: Shell, sessions: Sessions) -> None:
    """Add the page and its forms."""
    router: APIRouter = shell.router()
    keep = desk.keep_session

    @router.get("/account")
    def account(request: Request) -> Response:
        actor, session = shell.who(request), sessions.of(request)
        firms = actor.firms
        rows = [
            {
                "session_id": one.session_id,
                "agent": agent_words(one.agent),
                "way": _WAYS[one.way],
                "issued_at": one.issued_at,
                "seen_at": one.seen_at,
                "over_at": one.over_at,
                "is_this": one.session_id == session.session_id,
            }
            for one in keep.own(sessions.secret(request))
        ]
        return shell.page(
            request,
            "access/account.html",
            actor=actor,
            firms=None if isinstance(firms, AllFirms) else sorted(firms),
            session=session,
            way=_WAYS[session.way],
            rows=rows,
        )

    @router.post("/account/sessions/{session_id}/end")
    def end(request: Request, session_id: int) -> Response:
        shell.who(request)
        ended = keep.end_one(sessions.secret(request), session_id)
        if session_id == sessions.of(request).session_id:
            return _out("out", sessions)
        return shell.to(
            "/account", Done("The session has ended" if ended else "The session had ended before")
        )

    @router.post("/account/sign-out-everywhere")
    def everywhere(request: Request, form: Posted) -> Response:
        shell.who(request)
        if not form.has("sure"):
            number = len(keep.own(sessions.secret(request)))
            return shell.page(
                request,
                "shell/question.html",
                title="Sign out everywhere?",
                text=f"This ends {count(number, 'session')}, this one too, and links that were not used yet.",
                action="/account/sign-out-everywhere",
                cancel="/account",
                button="Sign out everywhere",
                fields=(),
            )
        keep.sign_out_everywhere(sessions.secret(request))
        return _out("everywhere", sessions)

    app.include_router(router)


def _out(said: str, sessions: Sessions) -> Response:
    answer = safe(RedirectResponse(f"/sign-in?said={said}", 303))
    sessions.drop(answer)
    return answer
