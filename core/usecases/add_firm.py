"""Add a firm, or replace its settings."""

import re
import unicodedata
from typing import Final

from core.actor import Actor, Power
from core.audit import AuditAction
from core.delivery_selection import Selection
from core.errors import ConfigurationError
from core.firm import Firm
from core.issue import IssueKind
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork

MAX_ID: Final = 100  # characters
_ID: Final = re.compile(r"[^\W_][\w.-]*")


class AddFirm:
    """Stores a firm. Messages that came before it wait no longer for the firm."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm: Firm) -> None:
        """Add the firm or replace its settings. Raises NotAllowedError.

        Raises ConfigurationError for a new id that is hard to read or to type, unless messages wait for
        exactly this one: then Case Status calls the firm so.
        """
        actor.must(Power.CHANGE, firm.firm_id)
        firm.practice_areas.must_fit()
        with self._units_of_work(actor) as uow:
            is_new = not uow.firms.known([firm.firm_id])
            if is_new:
                _must_be_readable(uow, firm.firm_id)
            uow.firms.save(firm)
            uow.issues.resolve(firm.firm_id, IssueKind.NOTE_TYPE_UNKNOWN)  # opened again where it still holds
            uow.deliveries.release_resolved_holds()
            if is_new and not actor.is_system:
                uow.audit.record(actor, firm.firm_id, AuditAction.FIRM_ADDED, {"name": firm.name})
            uow.commit()


def readable_id(name: str) -> str:
    """Return an id made from a firm's name, such as `north-p` from "North & P"; "" if nothing is left."""
    plain = unicodedata.normalize("NFKD", name)
    words = re.findall(r"[^\W_]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    return "-".join(words).lower()[:MAX_ID].rstrip("-")


def _must_be_readable(uow: UnitOfWork, firm_id: str) -> None:
    if _ID.fullmatch(firm_id) and len(firm_id) <= MAX_ID:
        return
    if uow.deliveries.find(frozenset({firm_id}), Selection(firm_id), 1):
        return
    meant = readable_id(firm_id)
    known = f", such as {meant!r}" if meant else ""
    raise ConfigurationError(
        f"{firm_id!r} will not do as the id of a firm: an id has letters, digits, '-', '_' and '.', at most "
        f"{MAX_ID}{known}; what people read is its name",
        firm_id=firm_id,
        limit=str(MAX_ID),
    )
