"""Lanes under concurrency: one owner at a time, no wake-up lost, no deadlock."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import pytest

from core.delivery import Attempt, DeliveryState
from core.event import EventKind
from core.ports.deliveries import Lane, NewDelivery
from core.reason import Reason
from tests.fakes.samples import a_message
from tests.integration.postgres_support import WITHIN_S, Postgres, all_at_once, beside, postgres

MESSAGES = EventKind.MESSAGE_SENT
AT_REST_WITH_WORK = """
select count(*)
from deliveries
join lanes using (firm_id, kind, case_integration_id)
where state in ('pending', 'retrying', 'unknown', 'sending') and ready_at is null and held_for is null
"""


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        yield store


def delivered(lane: Lane) -> list[Attempt]:
    now = datetime.now(UTC)
    return [Attempt(delivery, DeliveryState.DELIVERED, now, stored_id="n") for delivery in lane.deliveries]


def test_no_two_claimers_ever_share_a_lane(store: Postgres) -> None:
    store.add(*[a_message(f"m-{n}", case_integration_id=f"case-{n}") for n in range(200)])

    def claim_all(owner: str) -> list[str]:
        mine: list[str] = []
        while lanes := store.claim(owner, lanes=7):
            mine += [lane.case_integration_id for lane in lanes]
        return mine

    claimed = all_at_once(*[partial(claim_all, f"worker-{n}") for n in range(6)])
    assert Counter(case for mine in claimed for case in mine) == Counter(f"case-{n}" for n in range(200))


def test_a_delivery_added_while_its_lane_is_released_is_ready_afterwards(store: Postgres) -> None:
    store.add(a_message("m-1"))
    store.claim("worker")
    with store.unit_of_work() as intake:
        intake.deliveries.add([NewDelivery(a_message("m-2", minute=1))])

        def finish() -> None:
            with store.unit_of_work() as worker:
                worker.deliveries.release("north", MESSAGES, store.owner("worker"), ["300417"])
                worker.commit()

        with beside(finish) as finished:
            store.wait_until_blocked()
            intake.commit()
            finished.result(WITHIN_S)
    assert [d.subject_id for lane in store.claim("next") for d in lane.deliveries] == ["m-1", "m-2"]


def test_a_lane_that_is_released_empty_while_a_delivery_is_added_is_ready_afterwards(store: Postgres) -> None:
    store.add(a_message("m-1"))
    lanes = store.claim("worker")
    with store.unit_of_work() as worker:
        worker.deliveries.record(store.owner("worker"), delivered(lanes[0]))
        worker.deliveries.release("north", MESSAGES, store.owner("worker"), ["300417"])
        with beside(partial(store.add, a_message("m-2", minute=1))) as added:
            store.wait_until_blocked()
            worker.commit()
            added.result(WITHIN_S)
    with store.unit_of_work() as uow:
        assert uow.deliveries.firms_due(MESSAGES) == ["north"]
    assert [d.subject_id for lane in store.claim("next") for d in lane.deliveries] == ["m-2"]


def test_a_claim_does_not_wait_for_a_lane_that_is_being_added_to(store: Postgres) -> None:
    store.add(a_message("m-1"), a_message("m-2", case_integration_id="other"))
    with store.unit_of_work() as intake:
        intake.deliveries.add([NewDelivery(a_message("m-3", minute=1))])
        assert [lane.case_integration_id for lane in store.claim("worker")] == ["other"]
        intake.commit()
    assert [lane.case_integration_id for lane in store.claim("worker")] == ["300417"]


def test_where_others_have_the_oldest_lanes_in_hand_the_next_are_claimed(store: Postgres) -> None:
    for n in range(6):
        store.add(a_message(f"m-{n}", case_integration_id=f"case-{9 - n}"))
    one, two = store.owner("first"), store.owner("second")
    with store.unit_of_work() as first:
        first.deliveries.claim("north", MESSAGES, owner=one, lanes=2, limit=9)
        with store.unit_of_work() as second:
            second.deliveries.claim("north", MESSAGES, owner=two, lanes=2, limit=9)
            third = store.claim("third", lanes=2)
    assert [lane.case_integration_id for lane in third] == ["case-5", "case-4"]


# What the release before this one writes when it claims, in the name of a process that has no row.
CLAIM_WITH_A_LEASE: Final = """
with claimed as (
    update lanes
    set owner = 'host:1:abc:7', lease_until = now() + %s::interval, ready_at = now() + %s::interval
    where owner is null and ready_at <= now()
    returning firm_id, kind, case_integration_id
)
update deliveries
set state = 'sending'
from claimed
where deliveries.firm_id = claimed.firm_id and deliveries.kind = claimed.kind
  and deliveries.case_integration_id = claimed.case_integration_id
returning delivery_id
"""


def test_a_claim_of_the_release_before_this_one_holds_until_its_lease_ends(store: Postgres) -> None:
    store.add(a_message("m-1"))
    assert store.rows(CLAIM_WITH_A_LEASE, ["1 hour", "1 hour"])
    assert store.claim("worker") == []
    with store.unit_of_work() as uow:
        assert uow.deliveries.take_back() == []
        uow.commit()
    assert store.rows("select state, owner from lanes join deliveries using (firm_id)") == [
        ("sending", "host:1:abc:7")
    ]


def test_what_such_a_claim_held_is_in_doubt_since_its_end_and_proves_nothing(store: Postgres) -> None:
    store.add(a_message("m-1"), a_message("m-2", minute=1))
    store.rows(CLAIM_WITH_A_LEASE, ["0 s", "0 s"])
    [lane] = store.claim("worker")
    [(ended,)] = store.rows("select max(ended_at) from delivery_attempts")
    assert [(d.doubtful, d.doubtful_since, d.lost_claim) for d in lane.deliveries] == [
        (True, ended, None)
    ] * 2
    with store.unit_of_work() as uow:
        lost = uow.deliveries.record("host:1:abc:7", delivered(lane))
        uow.commit()
    assert len(lost) == 2


def test_the_release_before_this_one_leaves_our_claims_alone(store: Postgres) -> None:
    """It asks for lanes that are ready, and for those that are neither ready nor held."""
    store.add(a_message("m-1"))
    store.claim("worker")
    assert store.rows("select from lanes where ready_at <= now() or ready_at is null") == []
    assert store.rows("select from lanes where (owner is null) <> (lease_until is null)") == []


def test_a_record_repeated_after_an_unanswered_commit_counts_once(store: Postgres) -> None:
    store.add(a_message("m-1"))
    lane = store.claim("worker")[0]
    soon = datetime.now(UTC) + timedelta(seconds=5)
    attempt = Attempt(lane.deliveries[0], DeliveryState.RETRYING, datetime.now(UTC), run_at=soon)
    for _ in range(2):
        with store.unit_of_work() as uow:
            uow.deliveries.record(store.owner("worker"), [attempt])
            uow.commit()
    assert store.rows("select attempts from deliveries") == [(1,)]


def test_intakes_and_workers_with_common_lanes_neither_deadlock_nor_leave_a_message_behind(
    store: Postgres,
) -> None:
    """Lanes are taken in every order by all; a worker often stops in mid-lane, as at the end of a slice."""
    intakes, batches, batch, cases = 3, 25, 20, 12
    sent: list[str] = []
    intakes_left = threading.Semaphore(0)

    def intake(number: int) -> None:
        rng = random.Random(number)
        for n in range(batches):
            store.add(
                *[
                    a_message(f"m-{number}-{n}-{k}", case_integration_id=f"case-{rng.randrange(cases)}")
                    for k in range(batch)
                ]
            )
        intakes_left.release()

    def worker(number: int) -> None:
        rng, name = random.Random(100 + number), f"worker-{number}"
        owner = store.owner(name)
        deadline, idle = time.monotonic() + WITHIN_S, 0
        while time.monotonic() < deadline:
            done = intakes_left._value == intakes  # read before the claim: what was added is visible to it
            lanes = store.claim(name, lanes=5, limit=9)
            if not lanes:
                idle += 1
                if done and not store.rows("select from deliveries where state <> 'delivered' limit 1"):
                    return
                continue
            attempts = [attempt for lane in lanes for attempt in delivered(lane)]
            attempts = attempts[: rng.randint(0, len(attempts))] if rng.random() < 0.3 else attempts
            with store.unit_of_work() as uow:
                uow.deliveries.record(owner, attempts)
                cases_claimed = [lane.case_integration_id for lane in lanes]
                rng.shuffle(cases_claimed)
                uow.deliveries.release("north", MESSAGES, owner, cases_claimed)
                uow.commit()
            sent.extend(attempt.delivery.subject_id for attempt in attempts)
        raise AssertionError("not everything was delivered in time")

    all_at_once(
        *[partial(intake, n) for n in range(intakes)],
        *[partial(worker, n) for n in range(4)],
    )
    assert len(sent) == len(set(sent)) == intakes * batches * batch
    assert store.rows(AT_REST_WITH_WORK) == [(0,)]


def test_holds_are_released_while_intake_and_workers_go_on(store: Postgres) -> None:
    held = [a_message(f"h-{n}", case_integration_id=f"case-{n % 10}") for n in range(100)]
    with store.unit_of_work() as uow:
        uow.deliveries.add([NewDelivery(event, Reason.CASE_NOT_IMPORTED) for event in held])
        uow.commit()

    def release(case: int) -> int:
        with store.unit_of_work() as uow:
            number = uow.deliveries.release_holds(
                "north", [Reason.CASE_NOT_IMPORTED], [f"case-{case}", "case-0"]
            )
            uow.commit()
        return number

    def intake() -> int:
        for n in range(20):
            store.add(*[a_message(f"n-{n}-{k}", case_integration_id=f"case-{9 - k}") for k in range(10)])
        return 0

    def worker() -> int:
        for _ in range(20):
            lanes = store.claim("worker", lanes=3)
            with store.unit_of_work() as uow:
                uow.deliveries.record(store.owner("worker"), [a for lane in lanes for a in delivered(lane)])
                uow.deliveries.release(
                    "north", MESSAGES, store.owner("worker"), [lane.case_integration_id for lane in lanes]
                )
                uow.commit()
        return 0

    released = all_at_once(*[partial(release, n) for n in range(7)], intake, worker)
    with store.unit_of_work() as uow:
        rest = uow.deliveries.release_holds("north", [Reason.CASE_NOT_IMPORTED])
        uow.commit()
    assert sum(released) + rest == 100
    assert store.rows(AT_REST_WITH_WORK) == [(0,)]
