"""A run that somebody names by its number."""

from core.actor import Actor, Powers
from core.errors import UnknownThingError
from core.ports.unit_of_work import UnitOfWork
from core.run import Run
from core.thing import Thing


def known_run(uow: UnitOfWork, actor: Actor, run_id: int, power: Powers) -> Run:
    """Return the run. Raises UnknownThingError where it is not there or not the actor's; NotAllowedError."""
    run = uow.runs.get(run_id)
    if run is None or not actor.reaches(run.firm_id):
        raise UnknownThingError(f"there is no run {run_id}", thing=Thing.RUN)
    actor.must(power, run.firm_id)
    return run
