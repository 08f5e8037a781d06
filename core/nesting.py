"""How deep lists and objects stand within each other in JSON, told before it is parsed.

Python's own limit differs from version to version, from a thousand to as many as there is memory for.
"""

import re
from typing import Final

MAX_DEPTH: Final = 64  # objects and lists within each other; what we read of others has fewer than ten

# One that never ends goes to the end: to look for more within it would take a square of the time.
_STRINGS: Final = re.compile(rb'"(?:[^"\\]++|\\.|\\\Z)*+(?:"|\Z)', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_AS_SQUARE: Final = bytes.maketrans(b"{}", b"[]")


def is_deeper(body: bytes | bytearray, limit: int = MAX_DEPTH) -> bool:
    """Tell whether lists and objects stand deeper within each other; anything of what is no JSON.

    `body` is in UTF-8, or another encoding that has brackets and quotes as ASCII has them.
    """
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    # Brackets in strings count too at first. Each pass takes one of those that stand within each other, so
    # there were no more of them than passes and brackets that are left.
    passes, left = _reduced(body, limit)
    if passes + len(left) <= limit:
        return False
    passes, left = _reduced(_STRINGS.sub(b"", body), limit)
    return passes == limit and bool(left)


def _reduced(body: bytes | bytearray, limit: int) -> tuple[int, bytes | bytearray]:
    """Take the innermost brackets away again and again, `limit` times at most; the rest may not match."""
    brackets = body.translate(_AS_SQUARE, _NO_BRACKETS)
    for passes in range(limit):
        outer = brackets.replace(b"[]", b"")
        if len(outer) == len(brackets):
            return passes, brackets
        brackets = outer
    return limit, brackets
