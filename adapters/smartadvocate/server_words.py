"""What the server said about an error, fit for logs and people: short, plain, no secrets, no text of ours.

The shape of error bodies is UNKNOWN (API sheet, section 3): `{message}`, ProblemDetails, plain text, HTML and
nothing at all are understood.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

MAX_WORDS: Final = 200  # characters
_READ_BYTES: Final = 16 * 1024  # of an error body; an error page has its message early
_CHUNK: Final = 10  # letters and digits in a row that, if we sent them too, make it an echo
_SHORT: Final = 4  # letters or digits of a single word that may be an echo

_HIDDEN_TAGS: Final = re.compile(r"<(script|style|head)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TAGS: Final = re.compile(r"<!--.*?-->|</?[a-z!][^>]*>?", re.IGNORECASE | re.DOTALL)
_SECRETS: Final = (
    (re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*){0,2}"), "[token]"),
    (re.compile(r"\b(bearer|basic)\s+\S+", re.IGNORECASE), r"\1 [token]"),
    (
        re.compile(
            r"\b(\w*(?:pass(?:word|wd)?|pwd|secret|token|api[_-]?key)\w*)\W{0,3}[=:]\W{0,3}[^\s,;]+",
            re.IGNORECASE,
        ),
        r"\1: [secret]",
    ),
    (re.compile(r"\S+@\S+"), "[e-mail]"),
    (re.compile(r"[\w+/=-]{32,}"), "[token]"),
    (re.compile(r"\+?\(?\d(?:[\s().-]{0,3}\d){6,}"), "[number]"),
)
# Words that servers use in errors, so common in notes too that they betray nothing.
_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        "about allowed already attachments authorized body case cannot character characters client contact "
        "contain contains could data date does error exceeds exist failed field firm found from have html "
        "invalid length long maximum message more must name note number null only permission please priority "
        "property reference required request sent server status subject text than that this time type "
        "unauthorized unknown user valid value with your",
    )
)


def server_words(body: bytes, sent: Iterable[str] = ()) -> str:
    """Return the server's own words, at most MAX_WORDS characters, or "".

    `sent` is what we sent and must not come back: words that repeat a passage of it are dropped as a whole,
    single words of it are left out.
    """
    raw = body[:_READ_BYTES].decode("utf-8", "replace")
    words = _plain(" ".join(_messages(body, raw)))
    ours = [html.unescape(text) for text in sent]
    if any(_repeats(words, text) for text in ours):
        return ""
    for pattern, shown in _SECRETS:
        words = pattern.sub(shown, words)
    for text in ours:
        words = _without_words_of(text, words)
    words = words.strip(" .:;,")
    return words if len(words) <= MAX_WORDS else words[: MAX_WORDS - 1].rstrip() + "…"


def _messages(body: bytes, raw: str) -> Iterator[str]:
    try:
        answer = json.loads(body[: _READ_BYTES + 1])
    except (ValueError, RecursionError):
        if not raw.lstrip().startswith(("{", "[")):  # broken JSON has no words
            yield raw
        return
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, dict):
        yield from _of_object({str(key).lower(): value for key, value in answer.items()})


def _of_object(answer: dict[str, Any]) -> Iterator[str]:
    sentences = [answer[key] for key in ("message", "title", "detail") if isinstance(answer.get(key), str)]
    if not sentences:
        keys = ("error_description", "error", "exceptionmessage", "errormessage")
        sentences = [answer[key] for key in keys if isinstance(answer.get(key), str)][:1]
    yield ": ".join(word.strip(" .") for word in sentences)
    errors = answer.get("errors")  # ProblemDetails of a validation: {field: [message]}
    if isinstance(errors, dict):
        for name, problems in list(errors.items())[:3]:
            first = problems[0] if isinstance(problems, list) and problems else problems
            yield f"; {name}: {first}" if isinstance(first, str) else f"; {name}"


def _plain(words: str) -> str:
    if "<" in words:
        title = _TITLE.search(words)
        shown = _TAGS.sub(" ", _HIDDEN_TAGS.sub(" ", words))
        words = shown if shown.strip() or title is None else title[1]
    words = html.unescape(words)
    if "<" in words:  # tags that were written as entities
        words = _TAGS.sub(" ", words)
    return " ".join("".join(c if c.isprintable() else " " for c in words[:_READ_BYTES]).split())


def _repeats(words: str, ours: str) -> bool:
    """Tell whether the words hold a passage of ours, however it is spaced, escaped or cased."""
    theirs, sent = _bare(words), _bare(ours)
    if not theirs or not sent:
        return False
    if len(sent) < _CHUNK:
        return sent in theirs
    if theirs in sent and theirs not in _COMMON:
        return True
    return any(theirs[i : i + _CHUNK] in sent for i in range(len(theirs) - _CHUNK + 1))


def _without_words_of(ours: str, words: str) -> str:
    known = {word for word in re.findall(r"\w+", ours.casefold()) if len(word) >= _SHORT} - _COMMON
    return re.sub(r"\w+", lambda word: "…" if word[0].casefold() in known else word[0], words)


def _bare(words: str) -> str:
    return "".join(c for c in words.casefold() if c.isalnum())
