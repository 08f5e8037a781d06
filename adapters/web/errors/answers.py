"""The one place that decides how a request is told that it was not answered as it wished."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from adapters.web.api.api_words import STATUS_WORDS
from adapters.web.api.problems import problem_of, status_problem
from adapters.web.errors.audience import reference_of, wants_a_page
from adapters.web.pages.page_words import STATUSES

_UNFORESEEN: Final = 500


class ErrorPage(Protocol):
    """Makes a page for people."""

    def __call__(
        self, request: Request, status: int, what: str, next_step: str, *, reference: str = ""
    ) -> Response:
        """Return the page. `reference` is what the log calls this request, "" where nothing is in it."""
        ...


class Answers:
    """A page to people, a problem (RFC 9457) to programs; `page` makes the pages."""

    def __init__(self, page: ErrorPage) -> None:
        self._page = page

    def by_status(self, scope: Scope, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """Answer with what HTTP says of a request that reached no use case."""
        if wants_a_page(scope):
            words = STATUSES.get(status, STATUSES[400 if status < _UNFORESEEN else _UNFORESEEN])
            return self._shown(scope, status, words.what, words.next_step, headers)
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
            return self._shown(scope, _UNFORESEEN, words.what, words.next_step, reference=reference)
        return status_problem(_UNFORESEEN, "it was not done", reference=reference)

    def _shown(
        self,
        scope: Scope,
        status: int,
        what: str,
        next_step: str,
        headers: Mapping[str, str] | None = None,
        *,
        reference: str = "",
    ) -> Response:
        more: dict[str, Any] = {"reference": reference} if reference else {}
        answer = self._page(Request(scope), status, what, next_step, **more)
        answer.headers.update(headers or {})
        return answer
