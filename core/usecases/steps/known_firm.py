"""A firm that somebody names by its id: one that is not there is said, with the ids that are."""

from core.actor import Actor, AllFirms, Reach
from core.errors import UnknownFirmError
from core.firm import Firm
from core.ports.unit_of_work import UnitOfWork


def known_firm(uow: UnitOfWork, actor: Actor, firm_id: str) -> Firm:
    """Return the firm. Raises UnknownFirmError; whether it is the actor's was asked before."""
    firm = uow.firms.get(firm_id)
    if firm is None:
        raise unknown_firm(uow, actor, firm_id)
    return firm


def must_be_known(uow: UnitOfWork, actor: Actor, firm_id: str | None) -> None:
    """Raise UnknownFirmError where a firm is named and not there: a list of nothing would hide the slip."""
    if firm_id is not None and not uow.firms.known([firm_id]):
        raise unknown_firm(uow, actor, firm_id)


def unknown_firm(uow: UnitOfWork, actor: Actor, firm_id: str) -> UnknownFirmError:
    """Return the error, with the actor's firms."""
    return UnknownFirmError(
        f"there is no firm {firm_id!r}", firm_id=firm_id, asked=firm_id, known=uow.firms.ids(actor.firms)
    )


def must_all_be_known(uow: UnitOfWork, actor: Actor, firms: Reach) -> None:
    """Raise UnknownFirmError for the first of these firms that is not there."""
    if isinstance(firms, AllFirms):
        return
    known = uow.firms.known(sorted(firms))
    for firm_id in sorted(firms):
        if firm_id not in known:
            raise unknown_firm(uow, actor, firm_id)
