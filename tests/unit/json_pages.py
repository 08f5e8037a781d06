"""Pages of rows as SmartAdvocate sends them."""

from typing import Any

import pytest

from adapters.smartadvocate import answer_json
from adapters.smartadvocate.answer_json import load_list


def page(*rows: bytes, before: bytes = b"[", after: bytes = b"]") -> bytes:
    return before + b",".join(rows) + after


def one_by_one(body: bytes) -> Any:
    """Read it as a body that is too large to be parsed at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answer_json, "AT_ONCE_BYTES", 0)
        return load_list(body)
