"""JSON as servers really send it: bounded before it is built, and a row beyond help costs no other row.

An ordinary answer is parsed at once. One that is large, or broken somewhere, is gone through bracket by
bracket first, and its rows are built one at a time: what they become is many times what they were (ADR 79).
"""

import codecs
import json
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from core.nesting import MAX_DEPTH, is_deeper

AT_ONCE_BYTES: Final = 4 * 2**20
AT_ONCE_VALUES: Final = 200_000  # at up to 230 bytes each, and no single row may have more
MAX_VALUE_BYTES: Final = 8 * 2**20  # of one value or row: as text it may take four times as much, twice
MAX_ROWS: Final = 50_000
MAX_BRACKETS: Final = 1_000_000  # of an answer whose rows are looked for one by one
MAX_MEMBERS: Final = 1_000  # of an envelope
_MAX_DIGITS: Final = 30  # of a whole number: far more than any field of ours can use

_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# So many at a time: what repeats without end takes memory for each time.
_TO_BRACKET: Final = re.compile(rb'(?:[^][{}"]++|' + _STRING + rb"){0,200}+([][{}])?+", re.DOTALL)
_STEP: Final = re.compile(_STRING + rb"|([,[{])", re.DOTALL)
_NAME: Final = re.compile(rb'\s*+"([^"\\]{0,100})"\s*+:\s*+')
_SCALAR: Final = re.compile(_STRING + rb"|[^][{},\"\s]+", re.DOTALL)
# Blanks of Unicode and signs without width come in where answers are put together from texts.
_GAP: Final = (
    rb"(?:\s|\xc2[\x85\xa0]|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f-\xaf]|\xe3\x80\x80|\xef\xbb\xbf)"
)
_AFTER_ROW: Final = re.compile(rb"%b*+(?:,(?:%b|,)*+[\[{]|(?:,%b*+)*+\])".replace(b"%b", _GAP), re.DOTALL)
_NO_SIGNS: Final = re.compile(rb"(?:%b|,)*+".replace(b"%b", _GAP))
_AFTER_MEMBER: Final = re.compile(rb"\s*+([,}])")
_BLANK: Final = re.compile(rb"\s*+")
# Raw ones break a string, and between values they stand for nothing: a blank is right in both places.
_CONTROLS: Final = bytes(range(0x21))
_NO_CONTROLS: Final = b" " * 0x20 + bytes(range(0x20, 0x100))
_NO_MARK: Final = b" " * len(codecs.BOM_UTF8)  # of the byte order, where answers were put together from files
_NO_JSON: Final = "no JSON, or broken off"
_TOO_DEEP: Final = f"JSON with more than {MAX_DEPTH} lists and objects within each other"


class UnreadableError(ValueError):
    """An answer, or a part of it, is not what the API sheet describes. It names fields, never values."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row of a list that cannot be parsed, as it came: a mark or an id in it may still be found."""

    raw: bytes
    problem: str

    @property
    def words(self) -> str:
        """Everything in it that is plain text."""
        return self.raw.decode("ascii", "ignore")

    def __repr__(self) -> str:
        return f"BrokenRow({self.problem!r}, {len(self.raw)} bytes)"


class Rows(Iterable[Any]):
    """The rows of a list that is not built as a whole: each one is, when its turn comes."""

    def __init__(
        self, body: bytes, spans: "array[int]", charset: str, change: Callable[[Any], Any] | None = None
    ) -> None:
        self._body = body
        self._spans = spans  # beginning and end of each
        self._charset = charset
        self._change = change

    def __len__(self) -> int:
        return len(self._spans) // 2

    def __iter__(self) -> Iterator[Any]:
        for at in range(0, len(self._spans), 2):
            raw = self._body[self._spans[at] : self._spans[at + 1]]
            try:
                row = _value(raw, self._charset)
            except UnreadableError as error:
                row = BrokenRow(raw, str(error))
            yield row if self._change is None else self._change(row)

    def changed(self, change: Callable[[Any], Any]) -> "Rows":
        """Return them as `change` makes each when it is built."""
        return Rows(self._body, self._spans, self._charset, change)


def load(body: bytes, charset: str = "") -> Any:
    """Parse one value, None for an empty body; an object that is too large has its lists as `Rows`.

    Raw control characters count as blanks, NaN, Infinity and numbers without end as null, and bytes that
    are no text become U+FFFD: none of them costs what stands beside it. UTF-16 and UTF-32 are recognised;
    `charset` is what the answer says of itself, for bytes that are no UTF-8. Raises UnreadableError.
    """
    body = _utf_8(body)
    return None if _is_blank(body) else _value(body, charset)


def load_list(body: bytes, charset: str = "") -> Any:
    """Parse an answer that is a list, or an object in which one stands, as `load` does.

    Lists come as `list` or `Rows`; a row that cannot be parsed is a BrokenRow in its place. Raises
    UnreadableError where the list itself does not come to an end, or has more than MAX_ROWS rows.
    """
    body = _utf_8(body)
    if _is_blank(body):
        return None
    if len(body) <= AT_ONCE_BYTES and _most_values(body) <= AT_ONCE_VALUES:
        try:
            return _built(body, charset)
        except UnreadableError:
            pass  # which of its rows it is has to be found
    body = body.translate(_NO_CONTROLS).replace(codecs.BOM_UTF8, _NO_MARK)
    begin = _end_of(_BLANK, body, 0)
    if body[begin : begin + 1] == b"[":
        rows, end = _Scan(body, charset).rows(begin + 1)
        if not body[end:].isspace() and end < len(body):
            raise UnreadableError(_NO_JSON)
        return rows
    if body[begin : begin + 1] == b"{":
        return _Scan(body, charset).members(begin + 1)
    return _value(body, charset)


class _Scan:
    """Goes through a body from bracket to bracket, strings left aside, in linear time."""

    def __init__(self, body: bytes, charset: str) -> None:
        self._body = body
        self._charset = charset
        self._left = MAX_BRACKETS
        self._bytes_left = 8 * len(body)  # broken rows are gone through more than once

    def members(self, at: int) -> dict[str, Any]:
        """Read an object from behind its brace: lists as rows, all else built."""
        body, found = self._body, dict[str, Any]()
        at = _end_of(_BLANK, body, at)
        if body[at : at + 1] == b"}":
            return self._closed(found, at + 1)
        for _ in range(MAX_MEMBERS):
            name = _NAME.match(body, at)
            if name is None:
                raise UnreadableError(_NO_JSON)
            key, at = name[1].decode("utf-8", "replace"), name.end()
            if body[at : at + 1] == b"[":
                found[key], at = self.rows(at + 1)
            else:
                end = self._past(at)
                found[key], at = _value_or_none(body[at:end], self._charset), end
            after = _AFTER_MEMBER.match(body, at)
            if after is None:
                raise UnreadableError(_NO_JSON)
            at = after.end()
            if after[1] == b"}":
                return self._closed(found, at)
        raise UnreadableError(f"an object with more than {MAX_MEMBERS:,} fields")

    def rows(self, at: int) -> tuple[Rows, int]:
        """Find the rows of a list from behind its bracket, and where it ends.

        A row that has one quote too many hides where it ends: then the next one begins where its first field
        stands again.
        """
        body, spans = self._body, array("Q")
        next_row = self._row_begins(at)
        while True:
            begin = self._bracket(at)
            if begin is None:
                raise UnreadableError(_NO_JSON)
            between = body[at:begin].strip(b" \t\r\n,")
            if between and not _NO_SIGNS.fullmatch(between):  # values that are no rows
                spans.extend((at, begin))
            if body[begin] == 0x5D:  # ]
                return Rows(body, spans, self._charset), begin + 1
            if body[begin] == 0x7D:  # }, one too many
                at = begin + 1
                continue
            end = self._row_end(begin)
            following = next_row(begin)
            if end is None or _AFTER_ROW.match(body, end) is None:
                end = following or end or self._last_end(begin)
            elif following is not None and following < end and not self._parses(begin, end):
                end = following  # it had swallowed others up to one that is broken in the same way
            spans.extend((begin, end))
            if len(spans) > 2 * MAX_ROWS:
                raise UnreadableError(f"a list of more than {MAX_ROWS:,} rows")
            at = end

    def _parses(self, begin: int, end: int) -> bool:
        try:
            _value(self._body[begin:end], self._charset)
        except UnreadableError:
            return False
        return True

    def _row_begins(self, at: int) -> Callable[[int], int | None]:
        """Return what tells where a row ends of which only its beginning is known: before the next one."""
        first = re.compile(rb'\s*\{\s*("[^"\\]{1,100}")\s*:').match(self._body, at)
        if first is None:
            return lambda _: None
        pattern = re.compile(rb"\}\s*+,\s*+\{\s*+" + re.escape(first[1]) + rb"\s*+:")
        no_more = False

        def find(begin: int) -> int | None:
            nonlocal no_more
            found = None if no_more else pattern.search(self._body, begin + 1)
            no_more = found is None
            return None if found is None else found.start() + 1

        return find

    def _row_end(self, begin: int) -> int | None:
        """Return where the row ends whose bracket stands at `begin`; None where no bracket ends it."""
        body, opened, at = self._body, bytearray(), begin
        while True:
            bracket = self._bracket(at)
            if bracket is None:
                return None
            kind, at = body[bracket], bracket + 1
            if kind in b"[{":
                opened.append(kind + 2)  # the one that closes it
                continue
            if opened[-1] != kind and kind in opened:
                del opened[opened.rindex(kind) + 1 :]  # some were left open
            if opened[-1] == kind:
                opened.pop()
                if not opened:
                    return at

    def _last_end(self, begin: int) -> int:
        """Return where the last row ends when no bracket tells: before the last one that ends a list."""
        end = self._body.rfind(b"]", begin)
        row_end = self._body.rfind(b"}", begin, max(end, begin)) + 1
        if not row_end or not self._body[row_end:end].strip(b" ,") == b"":
            raise UnreadableError(_NO_JSON)
        return row_end

    def _past(self, at: int) -> int:
        """Return where the value ends that begins here and is no list."""
        is_object = self._body[at : at + 1] == b"{"
        end = self._row_end(at) if is_object else _end_of(_SCALAR, self._body, at)
        if end is None or end == at:
            raise UnreadableError(_NO_JSON)
        return end

    def _closed(self, found: dict[str, Any], end: int) -> dict[str, Any]:
        if self._body[end:].strip():
            raise UnreadableError(_NO_JSON)
        return found

    def _bracket(self, at: int) -> int | None:
        self._left -= 1
        if self._left < 0:
            raise UnreadableError(f"more than {MAX_BRACKETS:,} brackets")
        while (found := _TO_BRACKET.match(self._body, at)) is not None:
            self._bytes_left -= found.end() - at
            if self._bytes_left < 0:
                raise UnreadableError("JSON that is broken in too many places")
            if found[1] is not None:
                return found.start(1)
            if found.end() == at:
                break  # the end, or a string without one
            at = found.end()
        return None


def _value(raw: bytes, charset: str) -> Any:
    """Build a value within its limits: an object that is too large has its lists as `Rows`.

    Raises UnreadableError, and where nothing usable is left of it too.
    """
    if len(raw) > MAX_VALUE_BYTES:
        too_much = f"JSON of more than {MAX_VALUE_BYTES:,} bytes in one piece"
    elif _most_values(raw) > AT_ONCE_VALUES and _has_more_values(raw):
        too_much = f"JSON of more than {AT_ONCE_VALUES:,} values"
    else:
        return _built(raw, charset)
    begin = _end_of(_BLANK, raw, 0)
    if raw[begin : begin + 1] != b"{":
        raise UnreadableError(too_much)
    return _Scan(raw.translate(_NO_CONTROLS), charset).members(begin + 1)


def _value_or_none(raw: bytes, charset: str) -> Any:
    """Build a part of an object; one that is too much, or broken, costs no other."""
    try:
        return _value(raw, charset)
    except UnreadableError:
        return None


def _built(raw: bytes, charset: str) -> Any:
    if is_deeper(raw):
        raise UnreadableError(_TOO_DEEP)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode(charset or "utf-8", "replace")
    try:
        try:
            value = _strict(text)
        except ValueError:
            value = _tolerant(text.translate(_BLANKS))
    except RecursionError:
        raise UnreadableError(_TOO_DEEP) from None
    except ValueError:
        raise UnreadableError(_NO_JSON) from None
    if value is None and text.strip() != "null":
        raise UnreadableError(_NO_JSON)
    return value


def _is_blank(body: bytes) -> bool:
    return not body or (body[0] <= 0x20 and not body.strip(_CONTROLS))


def _most_values(raw: bytes) -> int:
    """Return a number that the values in it cannot exceed; text with many commas makes it too high."""
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _has_more_values(raw: bytes) -> bool:
    """Tell whether there are more than AT_ONCE_VALUES, looking no further than that."""
    values = (step for step in _STEP.finditer(raw) if step[1] is not None)
    return next(islice(values, AT_ONCE_VALUES, None), None) is not None


def _utf_8(body: bytes) -> bytes:
    """Return the body in UTF-8, without a mark of its byte order."""
    if body.startswith(codecs.BOM_UTF8):
        return body[len(codecs.BOM_UTF8) :]
    encoding, beginning = json.detect_encoding(body[:4]), body[:64]
    has_mark = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not encoding.startswith("utf-8") and (has_mark or 5 * beginning.count(0) >= 2 * len(beginning)):
        return body.decode(encoding, "replace").encode("utf-8", "replace")
    return body


def _end_of(pattern: re.Pattern[bytes], body: bytes, at: int) -> int:
    found = pattern.match(body, at)
    return at if found is None else found.end()


def _whole_number(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None


def _nothing(_: str) -> None:
    return None


_BLANKS: Final = dict.fromkeys(range(0x20), " ")
_strict: Final = json.JSONDecoder(parse_constant=_nothing).decode
_tolerant: Final = json.JSONDecoder(parse_constant=_nothing, parse_int=_whole_number).decode
