"""The one place that decides how a request is told that it was not answered as it wished."""

from collections.abc import Mapping
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from adapters.web.api.api_words import STATUS_WORDS
from adapters.web.api.problems import problem_of, status_problem
from adapters.web.audience import reference_of, wants_a_page
from adapters.web.headers import complete
from adapters.web.pages.page_words import STATUSES

_UNFORESEEN: Final = 500


class ErrorPage(Protocol):
    """Makes a page for people."""

    def __call__(
        self,
        request: Request,
        status: int,
        what: str,
        next_step: str,
        *,
        reference: str = "",
        asks_who: bool = False,
    ) -> Response:
        """Return the page. `reference` is what the log calls this request, "" where nothing is in it.

        `asks_who`: the store may be asked who is signed in.
        """
        ...


class Answers:
    """A page to people, a problem (RFC 9457) to programs; `page` makes the pages.

    `secure`: browsers come over https.
    """

    def __init__(self, page: ErrorPage, *, secure: bool = False) -> None:
        self._page = page
        self._secure = secure

    def by_status(self, scope: Scope, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """Answer with what HTTP says of a request that reached no use case.

        It may ask the store who is signed in: call it in a thread.
        """
        if wants_a_page(scope):
            words = STATUSES.get(status, STATUSES[400 if status < _UNFORESEEN else _UNFORESEEN])
            return self._shown(scope, status, words.what, words.next_step, headers, asks_who=True)
        known = status if status in STATUS_WORDS else 400 if status < _UNFORESEEN else _UNFORESEEN
        return status_problem(known, headers=headers, answered=status)

    def refused(
        self,
        scope: Scope,
        status: int,
        reason: str,
        what: str,
        next_step: str,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Answer for what stands before pages and routes. `next_step` comes without its full stop."""
        if wants_a_page(scope):
            return self._shown(scope, status, what, next_step, headers)
        step = next_step[:1].lower() + next_step[1:]
        return problem_of(status, reason, what, what.lower(), step, headers=headers)

    def unforeseen(self, scope: Scope) -> Response:
        """Answer for an error that nobody foresaw: with nothing of it but what the log calls the request."""
        reference = reference_of(scope)
        if wants_a_page(scope):
            words = STATUSES[_UNFORESEEN]
            answer = self._shown(scope, _UNFORESEEN, words.what, words.next_step, reference=reference)
        else:
            answer = status_problem(_UNFORESEEN, "it was not done", reference=reference)
        # It is sent from outside of all that stands around the application.
        complete(answer.headers, str(scope["path"]), secure=self._secure)
        return answer

    def _shown(
        self,
        scope: Scope,
        status: int,
        what: str,
        next_step: str,
        headers: Mapping[str, str] | None = None,
        *,
        reference: str = "",
        asks_who: bool = False,
    ) -> Response:
        answer = self._page(Request(scope), status, what, next_step, reference=reference, asks_who=asks_who)
        answer.headers.update(headers or {})
        return answer
