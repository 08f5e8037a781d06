"""What the tests of the Postgres adapter share: a store with short words, and threads that meet."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, LiteralString, TypeVar

from adapters.postgres.store.pool import Pool, open_pool
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import SYSTEM
from core.event import EventKind, UpstreamEvent
from core.ports.deliveries import Lane, NewDelivery
from core.process import AboutProcess, ProcessKind, owner_of
from tests.fakes.samples import a_firm
from tests.servers import eventually

Result = TypeVar("Result")

WITHIN_S = 60.0
LONG = timedelta(seconds=60)


class Postgres:
    """A migrated database under test."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._owners: dict[str, str] = {}
        self._beginning = threading.Lock()

    def owner(self, name: str = "worker") -> str:
        """Return in whose name the process of this name claims; it begins when first asked for."""
        with self._beginning:
            if name not in self._owners:
                with self.unit_of_work() as uow:
                    process_id = uow.processes.begin(AboutProcess(ProcessKind.WORKER, name, "1.0", 8))
                    uow.commit()
                self._owners[name] = owner_of(process_id, 1)
            return self._owners[name]

    def unit_of_work(self) -> PostgresUnitOfWork:
        return PostgresUnitOfWork(self.pool, SYSTEM)

    def rows(self, statement: LiteralString, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.pool.connection() as connection:
            found: list[tuple[Any, ...]] = connection.execute(statement, parameters).fetchall()
            return found

    def connect_firm(self, firm_id: str = "north") -> None:
        with self.unit_of_work() as uow:
            uow.firms.save(a_firm(firm_id))
            uow.commit()

    def add(self, *events: UpstreamEvent) -> None:
        with self.unit_of_work() as uow:
            uow.deliveries.add([NewDelivery(event) for event in events])
            uow.commit()

    def claim(self, name: str, *, lanes: int = 100, limit: int = 100) -> Sequence[Lane]:
        owner = self.owner(name)
        with self.unit_of_work() as uow:
            claimed = uow.deliveries.claim(
                "north", EventKind.MESSAGE_SENT, owner=owner, lanes=lanes, limit=limit
            )
            uow.commit()
        return claimed

    def wait_until_blocked(self, number: int = 1) -> None:
        """Return when so many statements of this database wait for another transaction."""

        def blocked() -> bool:
            found = self.rows(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'
                """
            )
            return bool(found[0][0] >= number)

        eventually(blocked, WITHIN_S, f"{number} statements waiting for a lock")


@contextmanager
def postgres(url: str, max_size: int = 10) -> Iterator[Postgres]:
    with open_pool(url, min_size=1, max_size=max_size, application_name="casebridge-test") as pool:
        yield Postgres(pool)


def all_at_once(*actions: Callable[[], Result]) -> list[Result]:
    """Run the actions in threads that begin together; their results, or the first error."""
    together = threading.Barrier(len(actions), timeout=WITHIN_S)

    def begin(action: Callable[[], Result]) -> Result:
        together.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        futures = [threads.submit(begin, action) for action in actions]
        return [future.result(WITHIN_S) for future in futures]


@contextmanager
def beside(action: Callable[[], Result]) -> Iterator[Future[Result]]:
    """Run the action in a thread of its own meanwhile; it has ended when the block is left."""
    with ThreadPoolExecutor(1) as threads:
        yield threads.submit(action)


def plan_nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the nodes of a plan explained as JSON."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from plan_nodes(below)
