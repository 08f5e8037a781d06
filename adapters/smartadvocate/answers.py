"""What stands in a 2xx: JSON, and lists in any envelope that the firm's profile accepts."""

from collections.abc import Iterable
from typing import Any, Final

from adapters.smartadvocate import wire
from adapters.smartadvocate.call import Answer
from adapters.smartadvocate.errors import unreadable
from core.charset import charset_of

_MAY_BE_EMPTY: Final = (200, 204)  # any other 2xx without a body says nothing about what is there


def loaded(answer: Answer) -> Any:
    """Return an answer's JSON, None for an empty body. Raises UnreadableAnswerError or AnswerLostError."""
    try:
        return wire.load(answer.body, _charset(answer))
    except wire.UnreadableError as error:
        raise unreadable(answer.call.operation, f"{answer.status} with {error}") from None


def loaded_list(answer: Answer) -> Any:
    """Return the JSON of an answer that is to hold a list: see `wire.load_list`. Raises as `loaded` does."""
    try:
        content = wire.load_list(answer.body, _charset(answer))
    except wire.UnreadableError as error:
        raise unreadable(answer.call.operation, f"{answer.status} with {error}") from None
    if content is None and answer.status not in _MAY_BE_EMPTY:
        raise unreadable(answer.call.operation, f"{answer.status} without a list")
    return content


def listed(answer: Answer, content: Any, plural: str) -> Iterable[Any]:
    """Return the rows of an answer's content, as `loaded_list` gave it. Raises as `loaded` does.

    A row that cannot be parsed is a `wire.BrokenRow`.
    """
    try:
        return wire.rows(content, plural, answer.call.site.profile.envelope)
    except wire.UnreadableError as error:
        raise unreadable(answer.call.operation, f"{answer.status} with {error}") from None


def rows(answer: Answer, plural: str) -> Iterable[Any]:
    """Return the rows of an answer that is a list. Raises as `loaded` does."""
    return listed(answer, loaded_list(answer), plural)


def _charset(answer: Answer) -> str:
    if answer.body.isascii():
        return ""  # in which no charset could make a difference
    return charset_of(answer.headers.get("content-type", ""))
