"""Firms: list, add, read, delete; how far each is on its way; its plain settings."""

from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response, status

from adapters.web.api.v1.etags import expected, put_etag
from adapters.web.api.v1.firms_schemas import (
    Firm,
    GoLive,
    NewFirm,
    Paused,
    PauseWanted,
    Resumed,
    Settings,
    SettingsChange,
    settings_from,
)
from adapters.web.api.v1.schemas import LIMIT, Cursor, FirmId, Limit, Listing, PageOf, problems
from adapters.web.who import Who
from core.desk import Desk
from core.firm import Firm as CoreFirm

_THERE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "There is a firm of this id; it stays as it is.", "model": Firm}
}


def add_firms(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/firms", summary="List firms")
    def list_firms(
        request: Request, response: Response, cursor: Cursor = None, limit: Limit = LIMIT
    ) -> PageOf[Firm]:
        """Return the firms that the key reaches, by id."""
        listing = Listing(request, response, cursor, str)
        return listing.answer(desk.firms.page(who(request), listing.place, limit).each(Firm.of))

    @router.post("/firms", status_code=status.HTTP_201_CREATED, summary="Add a firm", responses=_THERE)
    def add_firm(request: Request, response: Response, new: NewFirm) -> Firm:
        """Add a firm; what waits for it flows once it is connected. One that is there stays as it is."""
        actor = who(request)
        known = desk.firms.find(actor, new.firm_id)
        if known is None:
            desk.add_firm(actor, CoreFirm(new.firm_id, new.name))
        else:
            response.status_code = status.HTTP_200_OK
        response.headers["Location"] = f"{request.url.path}/{quote(new.firm_id, safe='')}"
        return Firm.of(desk.firms.get(actor, new.firm_id))

    @router.get("/firms/{firm_id}", summary="Read a firm")
    def read_firm(request: Request, firm_id: FirmId) -> Firm:
        """Return a firm and where its connection stands."""
        return Firm.of(desk.firms.get(who(request), firm_id))

    @router.delete("/firms/{firm_id}", status_code=status.HTTP_204_NO_CONTENT, summary="Delete a firm")
    def delete_firm(request: Request, firm_id: FirmId) -> None:
        """Delete all that is kept of a disconnected firm but the audit log. Needs the scope `manage`."""
        desk.delete_firm(who(request), firm_id)

    @router.get("/firms/{firm_id}/go-live", summary="How far a firm is")
    def read_go_live(request: Request, firm_id: FirmId) -> GoLive:
        """Return what the firm needs before everything flows, step by step."""
        return GoLive.of(desk.go_live(who(request), firm_id))

    @router.post("/firms/{firm_id}/pause", summary="Pause a firm")
    def pause_firm(request: Request, firm_id: FirmId, wanted: PauseWanted) -> Paused:
        """Stop deliveries and imports until a time, at most 30 days ahead. Needs the scope `operate`."""
        pause = desk.pause_firm(who(request), firm_id, wanted.until, wanted.why)
        return Paused(until=pause.until)

    @router.post("/firms/{firm_id}/resume", summary="Lift a firm's pause")
    def resume_firm(request: Request, firm_id: FirmId) -> Resumed:
        """Let what waits for a pause, SmartAdvocate's or a person's, go on within a second."""
        return Resumed.of(desk.resume_firm(who(request), firm_id))

    @router.get("/firms/{firm_id}/settings", summary="Read a firm's plain settings")
    def read_settings(request: Request, response: Response, firm_id: FirmId) -> Settings:
        """Return the settings, with their state as `ETag`."""
        firm = desk.firms.get(who(request), firm_id)
        put_etag(response, firm, None)
        return Settings.of(firm)

    @router.patch(
        "/firms/{firm_id}/settings", summary="Change a firm's plain settings", responses=problems(412)
    )
    def change_settings(
        request: Request, response: Response, firm_id: FirmId, change: SettingsChange
    ) -> Settings:
        """Change those that are named. With `If-Match` only if they are still in that state."""
        changes, state = settings_from(change), expected(request)
        saved = desk.change_settings.plain(who(request), firm_id, changes, expected=state)
        put_etag(response, saved.firm, None)
        return Settings.of(saved.firm)
