"""The processes of the service: which there are, and what each has in hand."""

from collections.abc import Sequence

from core.actor import Actor, Power
from core.ports.unit_of_work import UnitsOfWork
from core.process import ProcessView


class ProcessQueries:
    """Looks at processes. They serve all firms: raises NotAllowedError for who may not see them all."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def all(self, actor: Actor) -> Sequence[ProcessView]:
        """Return those that live, seen last first; then those that were gone within the last day."""
        actor.must_everywhere(Power.LOOK)
        with self._units_of_work(actor) as uow:
            return uow.processes.all()
