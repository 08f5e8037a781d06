"""What the exchange was told of: to be looked at, and sent again."""

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from adapters.web.pages.operations import filters, words
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.shell import Shell
from core.actor import Power
from core.announcement import AnnouncementKind
from core.desk import Desk

_ROWS: Final = 50


def add_announcements(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the pages."""
    pages = _Announcements(shell, desk)
    router.get("/announcements")(pages.all)
    router.get("/announcements/{announcement_id:int}")(pages.one)
    router.post("/announcements/{announcement_id:int}/send")(pages.send)


class _Announcements:
    def __init__(self, shell: Shell, desk: Desk) -> None:
        self._shell = shell
        self._desk = desk

    def all(self, request: Request) -> Response:
        """A page of the list, by filters that stand in the address."""
        actor, given = self._shell.who(request), request.query_params
        chosen = {name: given.get(name, "").strip() for name in ("firm", "case", "kind")}
        kind = AnnouncementKind(chosen["kind"]) if chosen["kind"] in tuple(AnnouncementKind) else None
        before = filters.number_of(given.get("before"))
        place = None if before is None else (before,)
        found = self._desk.announcements.newest(
            actor, chosen["firm"] or None, kind, chosen["case"] or None, place, _ROWS
        )
        fields = [(name, value) for name, value in chosen.items() if value]
        following = None if found.next is None else str(found.next[0])
        return self._shell.page(
            request,
            "operations/announcements.html",
            rows=found.rows,
            chosen=chosen,
            fields=fields,
            kinds=[("", "Anything"), *((one.value, words.ANNOUNCED[one]) for one in AnnouncementKind)],
            first=filters.address("/announcements", fields) if before is not None else None,
            next=filters.address("/announcements", fields, before=following) if following else None,
            words=words,
        )

    def one(self, request: Request, announcement_id: int) -> Response:
        """An announcement as the exchange got it, without what people wrote to each other."""
        actor = self._shell.who(request)
        told = self._desk.announcements.one(actor, announcement_id)
        return self._shell.page(
            request,
            "operations/announcement.html",
            told=told,
            event=json.dumps(_without_text(told.event), indent=2, ensure_ascii=False),
            may_send=told.has_text and actor.may(Power.CHANGE),
            words=words,
        )

    def send(self, request: Request, announcement_id: int) -> Response:
        """Let the exchange have it once more."""
        told = self._desk.send_again(self._shell.who(request), announcement_id)
        waits = Done("It waits to be sent already", Tone.INFO)
        done = Done("It is sent again, with the id it had") if told.published_at else waits
        return self._shell.to(f"/announcements/{announcement_id}", done)


def _without_text(event: Mapping[str, Any]) -> dict[str, Any]:
    data = event.get("data")
    if not isinstance(data, Mapping) or "text" not in data:
        return dict(event)
    return {**event, "data": {**data, "text": "(what people write is not shown here)"}}
