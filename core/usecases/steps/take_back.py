"""Take back what is held by nobody who could go on: of processes that are gone, or of errands broken off."""

from collections.abc import Sequence
from typing import Final

from core.actor import SYSTEM
from core.ports.unit_of_work import UnitsOfWork
from core.schedule import DELIVERED_BY

_JOB_OF: Final = {kind: name for name, kind in DELIVERED_BY.items()}


def take_back(units_of_work: UnitsOfWork, owners: Sequence[str] | None = None) -> int:
    """Take back what these owners hold, or (None) all processes that are gone. Returns the jobs asked for.

    Cut short anywhere it can be done again: it goes by what still names them. Lanes go first: whoever has
    its job taken away has nothing in hand any more.
    """
    number = 0
    while True:
        with units_of_work(SYSTEM) as uow:
            taken = uow.deliveries.take_back(owners)
            for kind in sorted({kind for _, kind in taken}):
                firms = sorted({firm_id for firm_id, of_kind in taken if of_kind is kind})
                number += uow.jobs.enqueue(_JOB_OF[kind], firms)
            uow.commit()
        if not taken:
            break
    with units_of_work(SYSTEM) as uow:
        number += uow.jobs.take_back(owners)
        uow.commit()
    return number
