"""Holds under concurrency: one probe, one import of a case, and replays beside workers without deadlock."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from core.actor import ALL_FIRMS
from core.delivery import PROBED_REASONS, Attempt, DeliveryState
from core.delivery_selection import Selection
from core.event import EventKind
from core.ports.deliveries import ImportPace, NewDelivery
from core.reason import Reason
from tests.fakes.samples import a_message
from tests.integration.postgres_support import Postgres, all_at_once, postgres

EVERY = timedelta(minutes=5)
CASES = [f"case-{n:03}" for n in range(60)]
NO_LONGER_DUE = "update hold_probes set probed_at = probed_at - interval '1 hour'"


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        yield store


def finish(store: Postgres, name: str, state: DeliveryState, reason: Reason | None) -> int:
    """Claim what is ready, and let it all end so; the number."""
    owner, lanes = store.owner(name), store.claim(name, lanes=20)
    now = datetime.now(UTC)
    attempts = [
        Attempt(delivery, state, now, reason=reason, run_at=now)
        for lane in lanes
        for delivery in lane.deliveries
    ]
    with store.unit_of_work() as uow:
        uow.deliveries.record(owner, attempts)
        cases = [lane.case_integration_id for lane in lanes]
        uow.deliveries.release("north", EventKind.MESSAGE_SENT, owner, cases)
        uow.commit()
    return len(attempts)


def held(store: Postgres, reasons: Sequence[Reason]) -> None:
    """Let each case hold one message for one of the reasons."""
    for number, reason in enumerate(reasons):
        store.add(*[a_message(f"m-{c}", case_integration_id=c) for c in CASES[number :: len(reasons)]])
        while finish(store, "holder", DeliveryState.HELD, reason):
            pass


def test_of_many_schedulers_one_probes(store: Postgres) -> None:
    held(store, PROBED_REASONS)

    def probe() -> int:
        with store.unit_of_work() as uow:
            let_out = uow.deliveries.probe_holds(PROBED_REASONS, EVERY)
            uow.commit()
        return len(let_out)

    assert sum(all_at_once(*[probe] * 6)) == 0
    store.rows(NO_LONGER_DUE + " returning true")
    assert sum(all_at_once(*[probe] * 6)) == len(PROBED_REASONS)
    assert store.rows("select count(*) from deliveries where probe_of is not null") == [
        (len(PROBED_REASONS),)
    ]


def test_each_waiting_case_is_taken_by_one_worker(store: Postgres) -> None:
    with store.unit_of_work() as uow:
        events = [a_message(f"m-{case}", case_integration_id=case) for case in CASES]
        uow.deliveries.add([NewDelivery(event, Reason.CASE_BEING_IMPORTED) for event in events])
        uow.commit()

    def take() -> list[str]:
        mine: list[str] = []
        for _ in range(200):
            with store.unit_of_work() as uow:
                found = uow.deliveries.take_waiting_cases("north", pace=ImportPace(), limit=1)
                uow.commit()
            mine += found
        return mine

    taken = Counter(case for mine in all_at_once(*[take] * 4) for case in mine)
    assert taken == Counter(CASES)


def test_replays_probes_and_workers_come_to_an_end_together(store: Postgres) -> None:
    """Locks are taken in one order by all, so nobody is chosen as the victim of a deadlock."""
    held(store, PROBED_REASONS)

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(40):
            state = rng.choice([DeliveryState.DELIVERED, DeliveryState.HELD, DeliveryState.FAILED])
            reason = None if state is DeliveryState.DELIVERED else rng.choice(PROBED_REASONS)
            finish(store, f"worker-{seed}", state, reason)

    def replay() -> None:
        for _ in range(40):
            with store.unit_of_work() as uow:
                uow.deliveries.replay(ALL_FIRMS, Selection(), after=0, limit=15)
                uow.commit()

    def probe() -> None:
        for _ in range(40):
            with store.unit_of_work() as uow:
                uow.deliveries.probe_holds(PROBED_REASONS, timedelta())
                uow.commit()
            with store.unit_of_work() as uow:
                uow.deliveries.release_holds("north", [random.choice(PROBED_REASONS)])
                uow.issues.resolve_settled()
                uow.commit()

    all_at_once(partial(work, 1), partial(work, 2), replay, replay, probe, probe)
    with store.unit_of_work() as uow:
        uow.deliveries.replay(ALL_FIRMS, Selection(), after=0, limit=1_000)
        uow.commit()
    while finish(store, "last", DeliveryState.DELIVERED, None):
        pass
    assert store.rows("select distinct state from deliveries") == [("delivered",)]
