"""A page of the sandbox's own: break SmartAdvocate by a button, mend it, and see what it has received.

It is `GET /_sandbox/`. The part that changes is a page within the page, which reloads itself: no script.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import Any

from starlette.responses import Response

from sandbox.answer import HTML_TYPE, TEXT_TYPE, Refusal, raw
from sandbox.call import ControlCall
from sandbox.dates import iso_ms
from sandbox.routes import PURPOSES
from sandbox.world import Firm

_SHOWN = 12
_SLOW_MS = 3000
_ALL = list(PURPOSES)

WAYS: dict[str, tuple[str, str, list[dict[str, Any]]]] = {
    "down": (
        "Down",
        "Every request is answered with 503.",
        [{"name": "server_error", "status": 503, "purpose": _ALL}],
    ),
    "answers-lost": (
        "Answers lost",
        "Notes and documents are stored, and the connection is cut before the answer: the hardest case. Who "
        "just sends again doubles every one of them.",
        [{"name": "store_then_reset", "purpose": ["insert-note", "upload-document"]}],
    ),
    "slow": (
        "Slow",
        f"Every answer takes {_SLOW_MS // 1000} seconds.",
        [{"name": "latency", "ms": _SLOW_MS, "purpose": _ALL}],
    ),
    "busy": (
        "Asks for a pause",
        "Every request is answered with 429 and Retry-After: 10.",
        [{"name": "too_many_requests", "retry_after": 10, "purpose": _ALL}],
    ),
}
"""How it can be broken: a title, what it does, and the faults."""

_PAGES = Path(__file__).parent / "pages"


def show(_call: ControlCall) -> Response:
    """The page with the buttons."""
    ways = "".join(
        f'<div class="way"><div><strong>{title}</strong><p class="soft">{text}</p></div>'
        f'<form method="post" action="switch"><button name="way" value="{way}" '
        f'aria-label="Break it so: {title}">Break it so</button></form></div>'
        for way, (title, text, _) in WAYS.items()
    )
    return _page("switch", ways=ways)


def switch(call: ControlCall) -> Response:
    """Breaks it in the way given, or mends it where that is empty; back to the page."""
    way = call.url_form().get("way", "")
    if way and way not in WAYS:
        raise Refusal(400, f"ways to break it are {', '.join(WAYS)}")
    if way:
        call.world.faults.set(WAYS[way][2])
    else:
        call.world.faults.clear()
    said = f"SmartAdvocate is broken: {WAYS[way][1]}" if way else "SmartAdvocate works again."
    return Response(f"{said}\n", 303, {"location": "."}, TEXT_TYPE)


def received(call: ControlCall) -> Response:
    """The part that reloads itself: whether it is broken, and what was received, the newest first."""
    firms = call.firms
    twice = sum(firm.notes.duplicated + firm.documents.duplicated for firm in firms)
    rows = "".join(
        f"<tr><td>{iso_ms(moment)[11:19]}</td><td>{case}</td><td>{escape(what)}</td><td>{escape(mark)}</td></tr>"
        for moment, case, what, mark in sorted(_latest(firms), reverse=True)[:_SHOWN]
    )
    outcomes = sorted(call.world.counts.by_status().items())
    return _page(
        "received",
        tone="bad" if call.world.faults.active else "good",
        state=_state(call),
        notes=f"{sum(firm.notes.written for firm in firms):,}",
        documents=f"{sum(firm.documents.written for firm in firms):,}",
        twice=f"{twice:,}",
        twice_tone="bad" if twice else "good",
        answers="".join(f"<small>{escape(name)}: {number:,}</small>" for name, number in outcomes),
        rows=rows,
    )


def _state(call: ControlCall) -> str:
    on = call.world.faults.as_json()
    if not on:
        return "It works."
    names = {fault["name"] for fault in on}
    known = [title for title, _, faults in WAYS.values() if {fault["name"] for fault in faults} == names]
    struck = sum(fault["hits"] for fault in on)
    return f"It is broken: {escape((known or sorted(names))[0])}. {struck:,} requests were struck so far."


def _latest(firms: list[Firm]) -> list[tuple[int, int, str, str]]:
    """When it came (milliseconds), for which case, what, and its reference: the last ones of each case."""
    rows: list[tuple[int, int, str, str]] = []
    for firm in firms:
        for case, notes in firm.notes.inserted.items():
            rows += [(note.received_ms, case, note.subject, note.mark) for note in notes[-_SHOWN:]]
        for case, uploads in firm.documents.uploads.items():
            rows += [(one.received_ms, case, one.name, one.mark) for one in uploads[-_SHOWN:]]
    return rows


def _page(name: str, **values: str) -> Response:
    text = (_PAGES / f"{name}.html").read_text(encoding="utf-8")
    look = (_PAGES / "look.css").read_text(encoding="utf-8")
    return raw(Template(text).substitute(values, look=look).encode(), HTML_TYPE)
