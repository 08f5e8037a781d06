"""The id of a case in what a person pasted from the browser (API sheet, section 12).

The exact URL of a case page is UNKNOWN: a bare number; else a query key `caseid` or `case_id`, then `id`, in
any letter case; else the last all-digit part of the path; also inside `returnurl`.
"""

import re
from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from adapters.smartadvocate.wire import identifier
from core.case_id import normal_case_id
from core.errors import ConfigurationError

_KEYS: Final = (re.compile(r"case_?id", re.IGNORECASE), re.compile(r"id", re.IGNORECASE))
_RETURN: Final = re.compile(r"return_?url", re.IGNORECASE)
_MAX_SHOWN: Final = 120  # characters
_MAX_DEPTH: Final = 3  # redirectors inside redirectors


def case_id_from(text: str, base_url: str | None) -> str:
    """Return the integration id that a person means. `base_url` is the firm's SmartAdvocate.

    Raises ConfigurationError for a foreign host, no id, or several.
    """
    pasted = text.strip()
    if bare := identifier(normal_case_id(pasted)):
        return bare
    try:
        url = urlsplit(pasted if "://" in pasted else f"https://{pasted}")
        host = (url.hostname or "").lower()
    except ValueError:
        raise _wrong(pasted, "is no URL") from None
    if "." not in host and host != "localhost" and ":" not in host:
        raise _wrong(
            pasted,
            "is neither a case's id, a positive whole number, nor the address of a page of SmartAdvocate",
        )
    if url.scheme not in {"https", "http"}:
        raise _wrong(pasted, "is no web address")
    ours = (urlsplit(base_url).hostname or "").lower() if base_url else ""
    if host != ours:
        raise _wrong(pasted, f"leads to {host}, but the firm's SmartAdvocate is {ours or 'not set yet'}")
    ids = _ids(url, 0)
    if not ids:
        raise _wrong(pasted, "holds no case id; open the case in SmartAdvocate and copy the address there")
    if len(ids) > 1:
        raise _wrong(pasted, f"holds several ids ({', '.join(sorted(ids))}); give the one you mean")
    return ids.pop()


def _ids(url: SplitResult, depth: int) -> set[str]:
    query = parse_qsl(url.query, keep_blank_values=True)
    inner = set()
    if depth < _MAX_DEPTH:
        for key, value in query:
            if _RETURN.fullmatch(key):
                with suppress(ValueError):  # no URL leads nowhere
                    inner |= _ids(urlsplit(value), depth + 1)
    for wanted in _KEYS:
        named = {known for key, value in query if wanted.fullmatch(key) and (known := identifier(value))}
        if named:
            return named | inner
    if inner:
        return inner
    parts = [known for part in url.path.split("/") if (known := identifier(part))]
    return set(parts[-1:])


def _wrong(pasted: str, problem: str) -> ConfigurationError:
    shown = "".join(c if c.isprintable() else "?" for c in pasted[:_MAX_SHOWN])
    return ConfigurationError(f"{shown!r} {problem}")
