"""The in-memory store behind all fake repositories."""

import itertools
import threading
from collections.abc import Sequence

from core.actor import SYSTEM, Actor
from core.delivery import DeliveryState
from core.outbox_row import OutboxRow
from core.ports.clock import Clock
from core.upkeep import OpenTransaction
from tests.fakes.outbox_reader import FakeOutboxReader
from tests.fakes.tables import DeliveryRow, Tables
from tests.fakes.transaction import OneAtATime
from tests.fakes.unit_of_work import FakeUnitOfWork


class FakeStore:
    """Give `store.unit_of_work` where a UnitsOfWork is asked for.

    `tables` is the committed state, to be read by tests; `committed` counts commits. Errors put in
    `failures` are raised by the next commits, which then store nothing.
    """

    def __init__(self, clock: Clock, cell: int = 0) -> None:
        """`cell` is the number of the store's cell, which all its numbers end with; 0: it has none."""
        self.clock = clock
        self.cell = cell
        self.tables = Tables()
        self.committed = 0
        self.failures: list[Exception] = []
        self.added_to_outbox = 0
        self.loses_wake_ups = False
        self.held: OpenTransaction | None = None
        self.outbox_grew = threading.Condition()
        self.relay_at_work = threading.Lock()
        self._ids = itertools.count(cell or 1, 1_000 if cell else 1)
        self._places = itertools.count(1)
        self._one_at_a_time = OneAtATime()

    def unit_of_work(self, _actor: Actor = SYSTEM) -> FakeUnitOfWork:
        """Return a unit of work, to be entered. Row-level security is Postgres' own: here all is seen."""
        return FakeUnitOfWork(self)

    def note_connection(self, firm_id: str, version: int) -> None:
        """Let the firm have a connection of this version."""
        self.tables.connection_versions[firm_id] = version

    def outbox_reader(self) -> FakeOutboxReader:
        """Return a reader for one relay."""
        return FakeOutboxReader(self)

    def deliveries(self, *states: DeliveryState) -> Sequence[DeliveryRow]:
        """Return committed deliveries in these states (default all), by lane and order."""
        rows = self.tables.deliveries.values()
        return sorted(
            (row for row in rows if not states or row.state in states), key=lambda row: (row.lane, row.place)
        )

    def outbox(self) -> Sequence[OutboxRow]:
        """Return what is committed and not yet published."""
        return list(self.tables.outbox.values())

    def next_id(self) -> int:
        """Return the next number of the one sequence."""
        return next(self._ids)

    def go_on_behind(self, last: int) -> None:
        """Give no number from now on that is not higher."""
        while self.next_id() <= last:
            pass

    def next_place(self) -> int:
        """Return the next place of what is announced."""
        return next(self._places)

    def begin(self) -> None:
        """Wait for the turn of this thread."""
        self._one_at_a_time.acquire()

    def end(self, tables: Tables | None) -> None:
        """Take over `tables`, or none of it; the next thread's turn."""
        try:
            if tables is None:
                return
            if self.failures:
                raise self.failures.pop(0)
            grew = tables.outbox.keys() - self.tables.outbox.keys()
            self.tables = tables.ended()
            self.committed += 1
        finally:
            self._one_at_a_time.release()
        if grew:
            with self.outbox_grew:
                self.added_to_outbox += len(grew)
                if not self.loses_wake_ups:
                    self.outbox_grew.notify_all()
