"""Let deliveries that are held or have failed leave again, batch by batch within the store."""

from collections.abc import Iterator
from typing import Any, Final

from core.actor import GOES_ON, Actor, AllFirms, Reach
from core.audit import AuditAction
from core.delivery_selection import Selection
from core.errors import PermanentError
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.schedule import DELIVERED_BY
from core.usecases.steps.known_deliveries import must_name_what_is_there

BATCH: Final = 1_000


class ReplayDeliveries:
    """Replays what a person selected. No delivery is loaded, and each batch is a transaction of its own."""

    def __init__(self, units_of_work: UnitsOfWork, batch: int = BATCH) -> None:
        self._units_of_work = units_of_work
        self._batch = batch

    def count(self, actor: Actor, selection: Selection) -> int:
        """Return how many would be replayed. Raises as the replay does."""
        firms, wanted = actor.within(GOES_ON, selection.firm_id), selection.replayable()
        self._check(actor, selection)
        with self._units_of_work(actor) as uow:
            return uow.deliveries.count(firms, wanted) if wanted.states else 0

    def __call__(self, actor: Actor, selection: Selection) -> int:
        """Replay them and return their number; their firms' jobs are asked for.

        Raises NotAllowedError for firms that are not the actor's, UnknownThingError or UnknownFirmError where
        what is named is not there, and PermanentError for a single one whose text has been removed.
        """
        firms, wanted = actor.within(GOES_ON, selection.firm_id), selection.replayable()
        self._check(actor, selection)
        if not wanted.states:
            return 0
        return sum(self._replay(actor, reach, selection, wanted) for reach in _lines(firms))

    def _replay(self, actor: Actor, firms: Reach, selection: Selection, wanted: Selection) -> int:
        number, after = 0, 0
        while True:
            with self._units_of_work(actor) as uow:
                batch = uow.deliveries.replay(firms, wanted, after=after, limit=self._batch)
                for name, kind in DELIVERED_BY.items():
                    owners = sorted(firm_id for firm_id, of in batch.owners if of is kind)
                    if owners:
                        uow.jobs.enqueue(name, owners)
                if batch.number:
                    detail = {**_logged(selection), "deliveries": batch.number}
                    firm_id = None if isinstance(firms, AllFirms) else next(iter(firms))
                    uow.audit.record(actor, firm_id, AuditAction.DELIVERIES_REPLAYED, detail)
                uow.commit()
            number += batch.number
            if batch.after is None:
                return number
            after = batch.after

    def _check(self, actor: Actor, selection: Selection) -> None:
        """Say what is named and not there, and of a single delivery why it cannot be replayed."""
        with self._units_of_work(actor) as uow:
            must_name_what_is_there(uow, actor, selection)
            if selection.delivery_id is None:
                return  # of many, those without text are left out
            failed = uow.deliveries.find(actor.firms, selection, 1)
        if failed and failed[0].reason == Reason.TEXT_PURGED:
            raise PermanentError(
                f"delivery {selection.delivery_id} of firm {failed[0].firm_id}: its text was removed after "
                f"{failed[0].kept_days} days. It had failed: {failed[0].detail}",
                reason=Reason.TEXT_PURGED,
                firm_id=failed[0].firm_id,
                case_id=failed[0].case_integration_id,
            )


def _lines(firms: Reach) -> Iterator[Reach]:
    """Yield the firms for which the audit log gets a line each: only all firms have one together."""
    if isinstance(firms, AllFirms):
        yield firms
    else:
        yield from (frozenset({firm_id}) for firm_id in sorted(firms))


def _logged(selection: Selection) -> dict[str, Any]:
    """Return the selection as the audit log keeps it."""
    fields = {
        "case": selection.case_integration_id,
        "states": [state.value for state in selection.states],
        "reason": selection.reason,
        "since": selection.since.isoformat() if selection.since else None,
        "kind": selection.kind,
        "delivery": selection.delivery_id,
    }
    return {name: value for name, value in fields.items() if value}
