"""A firm's connection to SmartAdvocate: where it stands, the link to connect by, its rights, its end."""

from fastapi import APIRouter, Request, status

from adapters.web.api.v1.connection_schemas import (
    Connection,
    ConnectLink,
    Disconnected,
    LinkWanted,
    Permission,
    Permissions,
)
from adapters.web.api.v1.route import TOLD_ONCE
from adapters.web.api.v1.schemas import FirmId
from adapters.web.who import Who
from core.desk import Desk


def add_connection(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/firms/{firm_id}/connection", summary="Where a firm's connection stands")
    def read_connection(request: Request, firm_id: FirmId) -> Connection:
        """Return the state, whose account it is, and what waits; nothing of the secrets."""
        return Connection.of(desk.show_connection(who(request), firm_id))

    @router.post(
        "/firms/{firm_id}/connection/link",
        status_code=status.HTTP_201_CREATED,
        summary="Make a link by which the firm connects",
        openapi_extra={TOLD_ONCE: True},
    )
    def make_connect_link(request: Request, firm_id: FirmId, wanted: LinkWanted) -> ConnectLink:
        """Return a link to be handed to the firm: good once, for half an hour. It is told once."""
        actor = who(request)
        firm = desk.address_firm(actor, firm_id, wanted.base_url)
        return ConnectLink(link=desk.connect_by_consent.new_link(actor, firm))

    @router.post("/firms/{firm_id}/connection/permissions", summary="Find out what the account may do")
    def probe_permissions(request: Request, firm_id: FirmId) -> Permissions:
        """Try in SmartAdvocate what casebridge needs, without writing anything."""
        actor = who(request)
        found = desk.probe_permissions(actor, desk.firms.get(actor, firm_id))
        return Permissions(items=[Permission(**one.to_data()) for one in found])

    @router.delete("/firms/{firm_id}/connection", summary="Disconnect a firm")
    def disconnect_firm(request: Request, firm_id: FirmId) -> Disconnected:
        """End the traffic, then the access: deliveries wait, and data stays."""
        return Disconnected(revoked=desk.disconnect_firm(who(request), firm_id))
