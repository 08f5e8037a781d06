"""Lists page by page: no row comes twice and none is left out while rows come in, also of one instant."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.postgres.store.pool import Pool
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.announced import Announced
from core.announcement import Announcement, AnnouncementKind
from core.audit import AuditAction
from core.delivery_selection import Selection
from core.paging import Page, Place
from core.ports.deliveries import NewDelivery
from core.ports.unit_of_work import UnitsOfWork
from core.queries.cases import CaseQueries
from core.queries.deliveries import DeliveryQueries
from core.queries.records import RecordQueries
from tests.contract.stores import Store
from tests.fakes import FakeClock, FakeStore
from tests.fakes.samples import a_case, a_firm, a_message

MANAGER = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
NORTH = frozenset({"north"})
# How many rows come in before each page, and how long the pages are: all rows of a step are of one instant.
STEPS = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), min_size=1, max_size=8)


def walk(
    steps: Sequence[tuple[int, int]],
    add: Callable[[], object],
    page: Callable[[Place | None, int], Page[str]],
) -> tuple[list[str], int]:
    """Read pages while rows are added, then to the end; what was read, and how many rows there were first."""
    read: list[str] = []
    place: Place | None = None
    first, ended = steps[0][0], False
    for number, limit in steps:
        for _ in range(number):
            add()
        if ended:
            continue
        found = page(place, limit)
        assert len(found.rows) <= limit
        read += found.rows
        place, ended = found.next or place, found.next is None
    while not ended:
        found = page(place, 2)
        read += found.rows
        place, ended = found.next, found.next is None or not found.rows
    return read, first


@pytest.mark.parametrize("name", ["deliveries", "audit", "issues"])
@given(steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_a_list_shows_each_row_once_and_all_that_were_there(name: str, steps: list[tuple[int, int]]) -> None:
    store = FakeStore(FakeClock())
    add, page = list_of(name, store.unit_of_work)
    read, first = walk(steps, add, page)
    assert len(set(read)) == len(read)
    assert {str(number) for number in range(first)} <= set(read)


def list_of(
    name: str, units: UnitsOfWork
) -> tuple[Callable[[], object], Callable[[Place | None, int], Page[str]]]:
    numbers, records = count(), RecordQueries(units)
    deliveries = DeliveryQueries(units, FakeClock())
    with units(SYSTEM) as uow:
        uow.firms.save(a_firm())
        uow.commit()

    def add() -> None:
        number = str(next(numbers))
        with units(SYSTEM) as uow:
            if name == "deliveries":
                uow.deliveries.add([NewDelivery(a_message(number))])
            elif name == "audit":
                uow.audit.record(MANAGER, "north", AuditAction.SYNC_STARTED, {"n": number})
            else:
                from core.issue import IssueKind

                uow.issues.open("north", IssueKind.CONTRADICTING_EVENT, number, "")
            uow.commit()

    pages: dict[str, Callable[[Place | None, int], Page[str]]] = {
        "deliveries": lambda place, limit: deliveries.page(MANAGER, Selection(), place, limit).each(
            lambda delivery: delivery.subject_id
        ),
        "audit": lambda place, limit: records.audit_page(MANAGER, None, place, limit).each(
            lambda entry: str(entry.detail["n"])
        ),
        "issues": lambda place, limit: records.issue_page(MANAGER, None, place, limit, with_muted=True).each(
            lambda issue: issue.key
        ),
    }
    return add, pages[name]


@given(steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_whoever_follows_a_firms_cases_meets_every_one_as_it_is_at_last(steps: list[tuple[int, int]]) -> None:
    store = FakeStore(FakeClock())
    follow(store.unit_of_work, steps)


@pytest.mark.parametrize("rows", [1, 7])
def test_the_database_compares_time_and_id_as_a_row(contract_pool: Pool, store: Store, rows: int) -> None:
    if store.serial:
        return

    def units(actor: Actor) -> PostgresUnitOfWork:
        return PostgresUnitOfWork(contract_pool, actor)

    follow(units, [(rows, 2), (rows, 3), (0, 1), (rows, 1)])
    with contract_pool.connection() as connection:  # all of one instant
        connection.execute("update cases set updated_at = '2026-11-02T11:00:00Z'")
    cases = CaseQueries(units)
    read, place = [], None
    while (page := cases.changed(MANAGER, "north", place, 2)).rows:
        read += [row.case.integration_id for row in page.rows]
        place = page.next
    assert read == sorted(set(read))
    assert len(read) == 3 * rows
    assert place == (datetime(2026, 11, 2, 11, tzinfo=UTC), read[-1])


def follow(units: UnitsOfWork, steps: Sequence[tuple[int, int]]) -> None:
    """Store cases, every third of them a second time, and read what changed meanwhile and at the end."""
    numbers = count()
    stages: dict[str, str] = {}
    seen: dict[str, str | None] = {}
    cases, place = CaseQueries(units), None
    with units(SYSTEM) as uow:
        uow.firms.save(a_firm())
        uow.commit()
    for number, limit in [*steps, *[(0, 2)] * sum(n for n, _ in steps), (0, 2)]:
        for _ in range(number):
            at = next(numbers)
            again = [f"{at // 2:03}"] if at % 3 == 2 else []
            with units(SYSTEM) as uow:
                uow.cases.lock("north")
                for case_id in (f"{at:03}", *again):
                    stages[case_id] = f"as of {at}"
                    uow.cases.save("north", [a_case(case_id, stage=stages[case_id])])
                uow.commit()
        page = cases.changed(MANAGER, "north", place, limit)
        place = page.next
        seen |= {row.case.integration_id: row.case.stage for row in page.rows}
    for _ in range(200):
        page = cases.changed(MANAGER, "north", place, 2)
        place = page.next
        seen |= {row.case.integration_id: row.case.stage for row in page.rows}
        if not page.rows:
            break
    assert seen == stages


def test_announcements_are_followed_without_a_gap_whatever_order_they_are_committed_in(store: Store) -> None:
    def announced() -> Iterator[Announced]:
        place = 0
        while True:
            with store.unit_of_work() as uow:
                found = uow.outbox.behind(ALL_FIRMS, place, 2)
            yield from found
            if not found:
                return
            place = found[-1].place or 0

    def announce(case: str) -> None:
        with store.unit_of_work() as uow:
            uow.outbox.announce([Announcement(AnnouncementKind.CASE_CLOSED, "north", case)])
            uow.commit()

    def publish() -> None:
        with store.outbox_reader().window(10) as window:
            window.mark_published([row.row_id for row in window.rows])

    if store.serial:
        for case in "213":
            announce(case)
    else:
        with store.unit_of_work() as slow:
            slow.outbox.announce([Announcement(AnnouncementKind.CASE_CLOSED, "north", "1")])
            announce("2")
            publish()
            assert [told.subject for told in announced()] == ["2"]
            slow.commit()
        announce("3")
    publish()
    assert [told.subject for told in announced()] == ["2", "1", "3"]
