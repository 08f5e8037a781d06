"""Events that are judged."""

import pytest

from core.errors import InvalidEventError
from core.event import EventKind, UpstreamEvent, parse_event

SECRET = "privileged words of Ruth Okafor"
MESSAGE, DOCUMENT = EventKind.MESSAGE_SENT, EventKind.DOCUMENT_UPLOADED


def refusal(body: bytes, expected: EventKind | None = None) -> InvalidEventError:
    with pytest.raises(InvalidEventError) as caught:
        parse_event(body, expected=expected)
    return caught.value


def judged(body: bytes) -> UpstreamEvent | InvalidEventError:
    try:
        return parse_event(body)
    except InvalidEventError as error:
        return error
