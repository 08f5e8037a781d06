"""What the server said about an error, fit for logs and people: short, plain, no secrets, no text of ours.

The shape of error bodies is UNKNOWN (API sheet, section 3): `{message}`, ProblemDetails, plain text, HTML and
nothing at all are understood.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from core.character_references import decode
from core.markup import read_markup

MAX_WORDS: Final = 200  # characters
_READ_BYTES: Final = 16 * 1024  # of an error body; an error page has its message early
_CHUNK: Final = 10  # letters and digits in a row that, if we sent them too, make it an echo
_SHORT: Final = 4  # letters or digits of a single word that may be an echo

_WORD: Final = re.compile(r"(?<![\w-])[\w-]++(?=\W{0,3}[=:])")  # what may name a value
_SECRET_NAME: Final = re.compile(r"pass|pwd|secret|token|api[_-]?key", re.IGNORECASE)
_VALUE: Final = re.compile(r"\W{0,3}[=:]\W{0,3}[^\s,;]++")
_SECRETS: Final = (
    (re.compile(r"[\w+/=-]{32,}"), "[token]"),
    (re.compile(r"\+?\(?\d(?:[\s().-]{0,3}\d){6,}"), "[number]"),
)
_TOKENS: Final = (
    (re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*){0,2}"), "[token]"),
    (re.compile(r"\b(bearer|basic) \S+", re.IGNORECASE), r"\1 [token]"),
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
    ours = [decode(text) for text in sent]
    if any(_repeats(words, text) for text in ours):
        return ""
    words = _without_secrets(words)
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
    """One line without tags, written as tags or as references."""
    if "<" in words:
        markup = read_markup(words)
        words = markup.text()
        words = words if words.strip() else markup.title
    else:
        words = decode(words)
    if "<" in words:  # tags that were written as references
        words = read_markup(words).text()
    return " ".join("".join(c if c.isprintable() else " " for c in words[:_READ_BYTES]).split())


def _without_secrets(words: str) -> str:
    for pattern, shown in _TOKENS:
        words = pattern.sub(shown, words)
    words = _without_named_secrets(words)
    words = " ".join("[e-mail]" if "@" in word[1:-1] else word for word in words.split(" "))
    for pattern, shown in _SECRETS:
        words = pattern.sub(shown, words)
    return words


def _without_named_secrets(words: str) -> str:
    """Take out what stands behind `password=`, `"api_key":` and the like; each word is looked at once."""
    shown: list[str] = []
    end = 0
    for name in _WORD.finditer(words):
        if name.start() < end or not _SECRET_NAME.search(name[0]):
            continue
        if value := _VALUE.match(words, name.end()):
            shown += words[end : name.end()], ": [secret]"
            end = value.end()
    return "".join((*shown, words[end:]))


def _repeats(words: str, ours: str) -> bool:
    """Tell whether the words hold a passage of ours, however it is spaced, escaped or cased."""
    theirs, sent = _bare(words), _bare(ours)
    if not theirs or not sent:
        return False
    if len(sent) < _CHUNK:
        return sent in theirs
    if theirs in sent and theirs not in _COMMON:
        return True
    passages = {sent[i : i + _CHUNK] for i in range(len(sent) - _CHUNK + 1)}
    return any(theirs[i : i + _CHUNK] in passages for i in range(len(theirs) - _CHUNK + 1))


def _without_words_of(ours: str, words: str) -> str:
    known = {word for word in re.findall(r"\w+", ours.casefold()) if len(word) >= _SHORT} - _COMMON
    return re.sub(r"\w+", lambda word: "…" if word[0].casefold() in known else word[0], words)


def _bare(words: str) -> str:
    return "".join(c for c in words.casefold() if c.isalnum())
