"""What is late, timed jobs, processes, tables, the audit log, and the support bundle."""

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any, Final, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from adapters.web.pages.operations import filters, words
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk

_ROWS: Final = 50
_PIECE: Final = 64 * 1024
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


def add_upkeep(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the pages."""
    pages = _Upkeep(shell, desk)
    router.get("/operations")(pages.late)
    router.get("/schedules")(pages.schedules)
    router.get("/processes")(pages.processes)
    router.get("/tables")(pages.tables)
    router.get("/audit")(pages.audit)
    router.get("/support-bundle")(pages.bundle_page)
    router.post("/support-bundle")(pages.bundle)


class _Upkeep:
    def __init__(self, shell: Shell, desk: Desk) -> None:
        self._shell = shell
        self._desk = desk

    def late(self, request: Request) -> Response:
        """What is late, for whom, and why."""
        late = self._desk.upkeep.late(self._shell.who(request), _MOST_LATE)
        return self._shell.page(
            request,
            "operations/late.html",
            late=late.shown,
            firms=late.firms,
            not_shown=late.number - len(late.shown),
            words=words,
            address=filters.address,
        )

    def schedules(self, request: Request) -> Response:
        """Timed jobs."""
        jobs = self._desk.upkeep.schedules(self._shell.who(request))
        return self._shell.page(request, "operations/schedules.html", jobs=jobs, words=words)

    def processes(self, request: Request) -> Response:
        """The processes of the service: which live, and what each has in hand."""
        found = self._desk.processes.all(self._shell.who(request))
        return self._shell.page(
            request,
            "operations/processes.html",
            living=[process for process in found if process.gone_at is None],
            gone=[process for process in found if process.gone_at is not None],
            words=words,
        )

    def tables(self, request: Request) -> Response:
        """Tables, the largest first."""
        actor = self._shell.who(request)
        tables, removals = self._desk.upkeep.tables(actor), self._desk.upkeep.removals(actor)
        return self._shell.page(
            request,
            "operations/tables.html",
            tables=tables,
            held=self._desk.upkeep.oldest_transaction(actor),
            size=_size,
            removals=removals,
            removed=words.REMOVED,
        )

    def audit(self, request: Request) -> Response:
        """What people changed."""
        actor = self._shell.who(request)
        firm = request.query_params.get("firm", "").strip()
        before = filters.number_of(request.query_params.get("before"))
        place = None if before is None else (before,)
        found = self._desk.records.audit_page(actor, firm or None, place, _ROWS)
        fields = [("firm", firm)] if firm else []
        return self._shell.page(
            request,
            "operations/audit.html",
            rows=[(entry, words.audited(entry.action), [*_told(entry.detail)]) for entry in found.rows],
            chosen=firm,
            first=filters.address("/audit", fields) if before is not None else None,
            next=filters.address("/audit", fields, before=str(found.next[0])) if found.next else None,
        )

    def bundle_page(self, request: Request) -> Response:
        """What the bundle holds, and the button."""
        files = self._desk.support_bundle.names(self._shell.who(request))
        return self._shell.page(request, "operations/bundle.html", files=files)

    def bundle(self, request: Request) -> Response:
        """The bundle."""
        sections = self._desk.support_bundle(self._shell.who(request))
        name = f"casebridge-support-{self._desk.clock.now():%Y-%m-%d-%H%M}.zip"
        answer = StreamingResponse(_zipped(sections), media_type="application/zip")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return safe(answer)


_MOST_LATE: Final = 100


class _Pieces:
    """What a zip file is written to, taken piece by piece: it can be told nothing of places."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, piece: bytes) -> int:
        self._written += piece
        return len(piece)

    def flush(self) -> None:
        """Nothing is kept back."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        piece, self._written = bytes(self._written), bytearray()
        return piece


def _zipped(sections: Mapping[str, Any]) -> Iterator[bytes]:
    pieces = _Pieces()
    with zipfile.ZipFile(cast("IO[bytes]", pieces), "w", zipfile.ZIP_DEFLATED) as folder:
        for name, section in sections.items():
            text = json.dumps(section, indent=1, ensure_ascii=False).encode()
            with folder.open(_entry(name), "w") as file:
                for start in range(0, len(text), _PIECE):
                    file.write(text[start : start + _PIECE])
            yield pieces.take()
    yield pieces.take()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{name}.json")
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _told(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in detail.items():
        if isinstance(value, Mapping):
            yield name.replace("_", " "), "; ".join(f"{place}: {change}" for place, change in value.items())
        elif isinstance(value, list):
            yield name.replace("_", " "), ", ".join(map(str, value))
        elif isinstance(value, bool):
            yield name.replace("_", " "), "yes" if value else "no"
        else:
            yield name.replace("_", " "), _moment(str(value))


def _moment(text: str) -> str:
    """Return an instant as people write it (UTC, as all times of the page); any other text as it is."""
    try:
        at = datetime.fromisoformat(text).astimezone(UTC) if _INSTANT.fullmatch(text) else None
    except ValueError:
        at = None
    if at is None:
        return text
    return f"{at.day} {at:%B %Y, %H:%M}"


def _size(number: int) -> str:
    size, units = float(number), ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{size:,.0f} {units[0]}" if units[0] == "bytes" else f"{size:,.1f} {units[0]}"
