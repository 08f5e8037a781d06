"""Which cases have a client who is called so."""

from collections.abc import Sequence
from typing import Final

from core.actor import SYSTEM, Actor, Power
from core.ports.unit_of_work import UnitsOfWork
from core.storable import storable

COUNTED: Final = 10_001  # a list's total is counted so far: more tells nobody anything


def called(units_of_work: UnitsOfWork, actor: Actor, firm_id: str, words: str) -> Sequence[str]:
    """Return the integration ids of the firm's cases whose client's name begins so; none for no words.

    Looked up as the system, once the actor was checked: behind the wall between firms no index may be asked
    for a name in small letters (ADR 107). Nothing of these cases is shown but what is read as the actor.
    Raises NotAllowedError.
    """
    actor.must(Power.LOOK, firm_id)
    if not storable(words).strip():
        return ()
    with units_of_work(SYSTEM) as uow:
        return uow.cases.called(firm_id, words, COUNTED)
