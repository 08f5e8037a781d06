"""Verifications: test cases that are tried before a firm goes live."""

from fastapi import APIRouter, Request, status

from adapters.web.api.v1.schemas import FirmId, Number, number
from adapters.web.api.v1.verifications_schemas import Verification, Verifications, VerificationWanted
from adapters.web.who import Who
from core.desk import Desk
from core.thing import Thing


def add_verifications(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/firms/{firm_id}/verifications", summary="List verifications")
    def list_verifications(request: Request, firm_id: FirmId) -> Verifications:
        """Return the firm's last twenty, newest first."""
        found = desk.records.verifications(who(request), firm_id)
        return Verifications(items=[Verification.of(one) for one in found])

    @router.post(
        "/firms/{firm_id}/verifications", status_code=status.HTTP_201_CREATED, summary="Try test cases"
    )
    def verify_firm(request: Request, firm_id: FirmId, wanted: VerificationWanted) -> Verification:
        """Read 2 to 5 cases as a sync would, and say what would come of each. Nothing is imported.

        With `write` a test note and a test document go into each.
        """
        actor = who(request)
        firm = desk.firms.get(actor, firm_id)
        made, _ = desk.verify_firm(actor, firm, wanted.cases, write=wanted.write)
        return Verification.of(desk.records.verification(actor, made))

    @router.get("/verifications/{verification_id}", summary="Read a verification")
    def read_verification(request: Request, verification_id: Number) -> Verification:
        """Return one with every check of every case."""
        found = desk.records.verification(who(request), number(verification_id, Thing.VERIFICATION))
        return Verification.of(found)
