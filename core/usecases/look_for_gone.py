"""Look for processes that do not show any more that they live, and declare them gone (ADR 97)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.actor import SYSTEM, Actor
from core.ports.processes import StoreLook
from core.ports.unit_of_work import UnitsOfWork
from core.process import HEARTBEAT, Heartbeat


@dataclass(slots=True)
class _Watch:
    """Looks that followed each other closely: by `elapsed` from `since_s` to `last_s`, in seconds."""

    since_s: float
    last_s: float
    first: StoreLook


class LookForGone:
    """One looker. A silence counts only where it could have been broken: nobody is declared gone before this
    looker has seen the store, without a gap, for as long as a process may be silent.

    So a store that was away makes nobody gone, nor does one whose clock was set.
    """

    def __init__(
        self, units_of_work: UnitsOfWork, elapsed: Callable[[], float], heartbeat: Heartbeat = HEARTBEAT
    ) -> None:
        self._units_of_work = units_of_work
        self._elapsed = elapsed
        self._heartbeat = heartbeat
        self._watch: _Watch | None = None

    def __call__(self, actor: Actor) -> Sequence[int]:
        """Return the processes that are gone as of now. Raises TransientError: the watch begins anew."""
        actor.must_be_system()
        with self._units_of_work(SYSTEM) as uow:
            look = uow.processes.look()
            uow.commit()
        watch = self._watched(self._elapsed(), look)
        if watch.last_s - watch.since_s < self._heartbeat.gone_after.total_seconds():
            return []
        with self._units_of_work(SYSTEM) as uow:
            gone = uow.processes.declare_gone(look, self._heartbeat)
            uow.commit()
        return gone

    def _watched(self, ended_s: float, look: StoreLook) -> _Watch:
        watch = self._watch
        if watch is None or self._is_broken(watch, ended_s, look):
            self._watch = watch = _Watch(ended_s, ended_s, look)
        watch.last_s = ended_s
        return watch

    def _is_broken(self, watch: _Watch, now_s: float, look: StoreLook) -> bool:
        """Tell whether there was a gap, another start of the server, or a step of either clock."""
        passed_s = (look.now - watch.first.now).total_seconds()
        apart_s = abs(passed_s - (now_s - watch.since_s))
        return (
            now_s - watch.last_s > self._heartbeat.look_within.total_seconds()
            or look.server_started_at != watch.first.server_started_at
            or apart_s > self._heartbeat.clocks_differ_by.total_seconds()
        )
