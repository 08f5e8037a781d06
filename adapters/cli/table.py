"""Tables for people: as wide as the terminal, never broken inside a word; or lines of tabs for programs."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

_GAP: Final = "  "
_INDENT: Final = "    "
_NARROWEST: Final = 12  # cells that a column of text is narrowed to, at the most
_TITLES: Final = {
    "case_integration_id": "case",
    "last_seen_at": "seen",
    "took_ms": "ms",
    "run_at": "next try",
}
_MARKS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they turn text around


def tabbed(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """Yield a line of column names and one a row, tabs between: times whole (UTC), nothing left out."""
    yield "\t".join(columns)
    for row in rows:
        yield "\t".join(plain(row.get(column)) for column in columns)


def table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    below: Sequence[str] = (),
    width: int,
    now: datetime | None = None,
) -> Iterator[str]:
    """Yield the lines of a table of at most `width` cells: what is in `below` stands under its row.

    Times are told from `now` (UTC) where it is given. Lines break between words; a word that is wider than
    the terminal has a line of its own. Of columns that do not fit, those with the longest words go under
    their row as well.
    """
    columns = list(columns)
    cells = {column: [shown(row.get(column), now) for row in rows] for column in columns}
    moved: list[str] = []
    while (widths := _widths([[title(c), *cells[c]] for c in columns], width)) is None:
        widest = max(columns, key=lambda column: _longest_word(cells[column]))
        columns.remove(widest)
        moved.append(widest)
    yield from _beside([title(column) for column in columns], widths)
    for number, row in enumerate(rows):
        yield from _beside([cells[column][number] for column in columns], widths)
        under = [f"{title(column)}: {text}" for column in moved if (text := cells[column][number])]
        for text in (*under, *(shown(row.get(column), now) for column in below)):
            if text:
                yield from indented(text, width)


def title(column: str) -> str:
    """Return a column's name as people read it."""
    return _TITLES.get(column) or column.removesuffix("_id").removesuffix("_at").replace("_", " ")


def indented(text: str, width: int, indent: str = _INDENT) -> list[str]:
    """Return the text in lines of at most `width` cells, each behind `indent`."""
    return [indent + line for line in wrapped(text, width - len(indent))]


def wrapped(text: str, width: int) -> list[str]:
    """Return the text in lines, broken between words; a wider word has a line of its own."""
    from rich.cells import cell_len  # loaded by who prints for people

    lines: list[str] = []
    room = 0
    for word in text.split():
        size = cell_len(word)
        if lines and size < room:
            lines[-1] += f" {word}"
            room -= size + 1
        else:
            lines.append(word)
            room = width - size
    return lines or [""]


def shown(value: object, now: datetime | None = None) -> str:
    """Return a value as people read it: in one line, without signs that change the terminal."""
    if isinstance(value, datetime):
        return _told_from(value, now) if now is not None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return plain(value)


def plain(value: object) -> str:
    """Return a value in one line without tabs: yes or no, times in UTC, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, Enum):
        return _clean(str(value.value))
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(name)}: {plain(of)}" for name, of in value.items() if of not in (None, ""))
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(plain, value))
    return _clean(str(value))


def _clean(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(" " if sign.isspace() else "\ufffd" if _is_hidden(sign) else sign for sign in text)


def _is_hidden(sign: str) -> bool:
    return sign in _MARKS or unicodedata.category(sign) in {"Cc", "Cs"}


def _told_from(at: datetime, now: datetime) -> str:
    apart = abs(at - now)
    for unit, least, below in (
        ("s", timedelta(seconds=1), timedelta(minutes=1)),
        ("min", timedelta(minutes=1), timedelta(hours=1)),
        ("h", timedelta(hours=1), timedelta(hours=48)),
        ("d", timedelta(days=1), timedelta(days=60)),
    ):
        if apart < below:
            number = int(apart / least)
            if not number:
                return "now"
            return f"in {number} {unit}" if at > now else f"{number} {unit} ago"
    return at.astimezone(UTC).date().isoformat()


def _longest_word(texts: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max((cell_len(word) for text in texts for word in text.split()), default=0)


def _widths(columns: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Return how wide each column is, or None where they do not fit beside each other. A single one does."""
    from rich.cells import cell_len

    whole = [min(max(map(cell_len, column)), 10 * width) for column in columns]
    least = [
        max(min(size, _NARROWEST), _longest_word(column)) for size, column in zip(whole, columns, strict=True)
    ]
    if len(columns) == 1:
        return [max(whole[0] if whole[0] <= width else width, 1)]
    room = width - len(_GAP) * (len(columns) - 1)
    if sum(least) > room:
        return None
    while (over := sum(whole) - room) > 0:  # the widest gives way first, down to the next one or its least
        wide = max((size for size, low in zip(whole, least, strict=True) if size > low), default=0)
        place = next(i for i, size in enumerate(whole) if size == wide and size > least[i])
        others = [size for i, size in enumerate(whole) if i != place and size < wide]
        whole[place] = max(least[place], wide - over, min(wide - 1, max(others, default=0)))
    return whole


def _beside(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    from rich.cells import cell_len

    columns = [wrapped(cell, size) for cell, size in zip(cells, widths, strict=True)]
    for number in range(max(map(len, columns))):
        parts = [lines[number] if number < len(lines) else "" for lines in columns]
        padded = [part + " " * (size - cell_len(part)) for part, size in zip(parts, widths, strict=True)]
        yield _GAP.join(padded).rstrip()
