"""Deliveries that somebody selects: a firm, case or number that is not there is said."""

from typing import Any

from core.actor import Actor
from core.delivery_selection import Selection
from core.errors import UnknownThingError
from core.ports.unit_of_work import UnitOfWork
from core.thing import Thing
from core.usecases.steps.known_case import must_be_a_case
from core.usecases.steps.known_firm import must_be_known


def must_name_what_is_there(uow: UnitOfWork, actor: Actor, selection: Selection) -> None:
    """Raise UnknownFirmError or UnknownThingError for what is named and not there, or not the actor's.

    A firm that is not added yet is there where deliveries wait for it, a case likewise.
    """
    firm_id, case_id, number = selection.firm_id, selection.case_integration_id, selection.delivery_id

    def some(**named: Any) -> bool:
        return bool(uow.deliveries.find(actor.firms, Selection(**named), 1))

    if number is not None and not some(delivery_id=number):
        raise UnknownThingError(f"there is no delivery {number}", thing=Thing.DELIVERY)
    if firm_id is not None and not some(firm_id=firm_id):
        must_be_known(uow, actor, firm_id)
    if case_id is None or some(firm_id=firm_id, case_integration_id=case_id):
        return
    if firm_id is not None:
        must_be_a_case(uow, firm_id, case_id)
    elif not uow.cases.existing({(known, case_id) for known in uow.firms.ids(actor.firms)}):
        raise UnknownThingError(
            f"no firm has a case with the id {case_id!r}", thing=Thing.CASE, case_id=case_id
        )
