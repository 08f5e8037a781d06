"""Lives of processes whose threads are played: whoever lives has always just given a sign of it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from core.actor import SYSTEM
from core.errors import CasebridgeError
from core.foreign import foreign_errors_told
from core.ports.clock import Clock
from core.ports.processes import Errand, Life
from core.ports.unit_of_work import UnitsOfWork
from core.process import HEARTBEAT, AboutProcess, ProcessKind
from core.usecases.keep_alive import KeepAlive
from core.usecases.steps.standing import Standing

ABOUT = AboutProcess(ProcessKind.WORKER, "host", "1.0", 8)


class FakeLife(Life):
    """One process after the other, of one name. `is_silent`: its heart cannot reach the store."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock, about: AboutProcess = ABOUT) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._about = about
        self.is_silent = False
        self.kill()

    def kill(self) -> None:
        """Play kill -9: nothing comes of this process any more, and the next one begins."""
        uow = self._units_of_work
        self.standing = Standing(self._clock, self._elapsed)
        self.keep_alive = KeepAlive(uow, uow, self._about, self.standing)

    def beat(self) -> None:
        """Give a sign of life, and give back what broke off."""
        self.renew()
        with suppress(CasebridgeError), foreign_errors_told("the giving back"):  # a thread of its own does it
            while not self.is_silent and self.keep_alive.give_back(SYSTEM):
                pass

    def renew(self) -> None:
        """Give a sign of life alone."""
        if not self.is_silent:
            # The heart's thread goes on, too, and whoever begins a life is told an error of ours.
            with foreign_errors_told("the heartbeat"):
                self.keep_alive.beat(SYSTEM)

    @contextmanager
    def errand(self) -> Iterator[Errand]:
        self.beat()
        with self.standing.errand() as errand:
            yield _BeatingErrand(self, errand)

    def _elapsed(self) -> float:
        return (self._clock.now() - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds()


@dataclass(frozen=True, slots=True)
class _BeatingErrand(Errand):
    life: FakeLife
    real: Errand

    @property
    def owner(self) -> str:
        return self.real.owner

    def may_begin(self) -> bool:
        self.life.renew()
        return self.real.may_begin()


class Lives:
    """The processes of a service that is played, by name."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._by_name: dict[str, FakeLife] = {}

    def __call__(self, name: str) -> FakeLife:
        """Return the life of the process of this name."""
        return self._by_name.setdefault(name, FakeLife(self._units_of_work, self._clock))

    def look(self) -> list[int]:
        """Let all that live show it, and whoever has been silent for long be declared gone."""
        for life in self._by_name.values():
            if life.standing.process_id is not None:
                life.beat()
        with self._units_of_work(SYSTEM) as uow:
            gone = uow.processes.declare_gone(uow.processes.look(), HEARTBEAT)
            uow.commit()
        return list(gone)
