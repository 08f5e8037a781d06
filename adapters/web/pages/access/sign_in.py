"""Sign in: at the identity provider, or by a link that is good once. And out."""

from typing import Final
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from adapters.web.auth.begun_sign_in import BegunSignIn, BegunSignIns, own_path
from adapters.web.auth.forms import read_form
from adapters.web.auth.session_cookie import Sessions, agent_of
from adapters.web.auth.strangers import NotSignedInError
from adapters.web.buckets import Rate
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk
from core.errors import CasebridgeError
from core.reason import Reason
from core.session import Opened
from core.words import Words

_NO_VERIFIER: Final = "v" * 64
_DENIED: Final = frozenset({"access_denied", "consent_required", "interaction_required", "login_required"})
_log = structlog.get_logger(__name__)

# What is no reason of an error.
_ELSE: Final = {
    "out": Words("You are signed out", "Close the browser on a machine that others use"),
    "everywhere": Words("You are signed out everywhere", "All browsers and links of yours have ended"),
    "over": Words("Your session has ended", "Sign in to go on where you were"),
    "form": Words("This page was out of date", "It is fresh now; choose the button once more"),
    "often": Words("That was tried too often", "Wait a minute, then try again"),
}


def add_sign_in_pages(
    app: FastAPI, desk: Desk, shell: Shell, sessions: Sessions, *, secure: bool, provider: str, rate: Rate
) -> None:
    """Add the pages. `provider` is what the button calls it; `rate` is how often one person may sign in.

    `secure`: browsers come over https.
    """
    pages = _SignInPages(desk, shell, sessions, BegunSignIns(secure=secure), provider, rate)
    router = shell.router()
    router.get("/sign-in")(pages.page)
    router.post("/sign-in")(pages.begin)
    router.get("/sign-in/callback")(pages.come_back)
    router.get("/sign-in/{link}")(pages.door)
    router.post("/sign-in/{link}")(pages.enter)
    router.post("/sign-out")(pages.sign_out)
    app.include_router(router)

    @app.exception_handler(NotSignedInError)
    async def led(request: Request, _: Exception) -> Response:
        return pages.lead(request)


class _SignInPages:
    def __init__(
        self,
        desk: Desk,
        shell: Shell,
        sessions: Sessions,
        begun: BegunSignIns,
        provider: str,
        rate: Rate,
    ) -> None:
        self._sign_in = desk.sign_in
        self._count = desk.count_requests.take
        self._keep = desk.keep_session
        self._shell = shell
        self._sessions = sessions
        self._begun = begun
        self._provider = provider
        self._rate = rate

    def lead(self, request: Request) -> Response:
        """Lead a stranger to the sign-in, and from there to where it wanted to go."""
        said = "over" if self._sessions.secret(request) else ""
        query = f"?{request.url.query}" if request.url.query else ""
        where = _sign_in(said, request.url.path + query if request.method == "GET" else "")
        if "hx-request" in request.headers:  # a part of a page: the whole page is to go
            answer = safe(Response(status_code=401, headers={"HX-Redirect": where}))
        else:
            answer = safe(RedirectResponse(where, 303))
        if said:
            self._sessions.drop(answer)
        return answer

    def page(self, request: Request) -> Response:
        """Return the page; who is signed in goes on."""
        asked, said = own_path(request.query_params.get("next", "/")), request.query_params.get("said", "")
        if not said and self._is_signed_in(request):
            return safe(RedirectResponse(asked, 303))
        begun = self._begun.begin(asked) if self._sign_in.has_provider else None
        told, origin = _words(said), ""
        if begun is not None:
            try:
                parts = urlsplit(self._sign_in.authorize_url("state", "nonce", _NO_VERIFIER))
                origin = f"{parts.scheme}://{parts.netloc}"
            except CasebridgeError as error:
                _log.warning("identity_provider_unusable", detail=str(error))
                told = WORDS[Reason.SIGN_IN_UNAVAILABLE]
        answer = self._shell.page(
            request,
            "access/sign_in.html",
            form_to=origin,
            provider=self._provider if begun else None,
            token=begun.token if begun else "",
            said=told,
            is_well=said in {"out", "everywhere"},
        )
        if begun is not None:
            self._begun.put(answer, begun)
        return answer

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider."""
        form, begun = await read_form(request), self._begun.of(request)
        if begun is None or not begun.is_token(form.get("token", "")):
            return safe(RedirectResponse(_sign_in("form"), 303))
        return await run_in_threadpool(self._begin, begun)

    def come_back(self, request: Request) -> Response:
        """Where the provider sends the browser back to."""
        given, begun = request.query_params, self._begun.of(request)
        if begun is None or not begun.is_state(given.get("state", "")):
            return self._failed(Reason.SIGN_IN_STATE)
        if "error" in given or not given.get("code"):
            denied = given.get("error") in _DENIED
            return self._failed(Reason.SIGN_IN_DENIED if denied else Reason.SIGN_IN_FAILED)
        try:
            opened = self._sign_in.by_provider(
                given["code"], begun.nonce, begun.verifier, agent_of(request), self._sessions.secret(request)
            )
        except CasebridgeError as error:
            _log.warning("sign_in_failed", reason=error.reason, detail=str(error))
            return self._failed(error.reason)
        if self._count(opened.session.person, self._rate.per_s, self._rate.at_once) > 0:
            self._keep.sign_out(opened.secret)
            return self._failed("often")
        answer = self._in(opened, begun.next)
        self._begun.drop(answer)
        return answer

    def door(self, request: Request, link: str) -> Response:  # noqa: ARG002 - mail scanners follow links
        """Return what a link shows: a button, so that nothing but a person uses the link up."""
        return self._shell.page(request, "access/link.html")

    def enter(self, request: Request, link: str) -> Response:
        """Use the link up."""
        opened = self._sign_in.by_link(link, agent_of(request), self._sessions.secret(request))
        if opened is None:
            return self._shell.page(request, "access/dead_link.html", status=403)
        return self._in(opened, "/")

    def sign_out(self, request: Request) -> Response:
        """End this session."""
        self._keep.sign_out(self._sessions.secret(request))
        answer = safe(RedirectResponse(_sign_in("out"), 303))
        self._sessions.drop(answer)
        return answer

    def _begin(self, begun: BegunSignIn) -> Response:
        try:
            url = self._sign_in.authorize_url(begun.state, begun.nonce, begun.verifier)
        except CasebridgeError as error:
            _log.warning("sign_in_not_begun", reason=error.reason, detail=str(error))
            return safe(RedirectResponse(_sign_in(error.reason), 303))
        return safe(RedirectResponse(url, 303))

    def _in(self, opened: Opened, where: str) -> Response:
        answer = safe(RedirectResponse(where, 303))
        self._sessions.put(answer, opened)
        return answer

    def _failed(self, said: str) -> Response:
        answer = safe(RedirectResponse(_sign_in(said), 303))
        self._begun.drop(answer)
        return answer

    def _is_signed_in(self, request: Request) -> bool:
        try:
            self._sessions.of(request)
        except NotSignedInError:
            return False
        return True


def _sign_in(said: str, next_: str = "") -> str:
    wanted = own_path(next_) if next_ else "/"
    pairs = [("said", said)] if said else []
    pairs += [("next", wanted)] if wanted != "/" else []
    return "/sign-in" + (
        "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs) if pairs else ""
    )


def _words(said: str) -> Words | None:
    """Return the fixed words of an address that we led to; None for any other."""
    return _ELSE.get(said) or (WORDS[Reason(said)] if said in tuple(Reason) else None)
