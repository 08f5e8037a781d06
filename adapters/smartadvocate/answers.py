"""What stands in a 2xx: JSON, and lists in any envelope that the firm's profile accepts."""

from typing import Any

from adapters.smartadvocate import wire
from adapters.smartadvocate.call import Answer
from adapters.smartadvocate.errors import unreadable


def loaded(answer: Answer) -> Any:
    """Return an answer's JSON, None for an empty body. Raises UnreadableAnswerError or AnswerLostError."""
    try:
        return wire.load(answer.body)
    except wire.UnreadableError as error:
        raise unreadable(answer.call.operation, f"{answer.status} with {error}") from None


def listed(answer: Answer, content: Any, plural: str) -> list[Any]:
    """Return the rows of an answer's content, as it was `loaded`. Raises as `loaded` does."""
    try:
        return wire.rows(content, plural, answer.call.site.profile.envelope)
    except wire.UnreadableError as error:
        raise unreadable(answer.call.operation, f"200 with {error}") from None


def rows(answer: Answer, plural: str) -> list[Any]:
    """Return the rows of an answer that is a list. Raises as `loaded` does."""
    return listed(answer, loaded(answer), plural)
