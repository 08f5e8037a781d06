"""What the timetable's slots promise (`core.ports.jobs.Jobs`)."""

import threading
from datetime import datetime, timedelta

from core.night import PLACES, Round
from core.schedule import JobName
from tests.contract.stores import Store
from tests.fakes.samples import NOON

MESSAGES, CASES = JobName.SYNC_MESSAGES, JobName.SYNC_CASES
TICK = timedelta(minutes=2)


def open_slots(store: Store, *instants: datetime, name: JobName = MESSAGES) -> None:
    with store.unit_of_work() as uow:
        for instant in instants:
            uow.jobs.open_slot(name, instant)
        uow.commit()


def claim(store: Store, name: JobName = MESSAGES) -> datetime | None:
    with store.unit_of_work() as uow:
        instant = uow.jobs.claim_slot(name)
        uow.commit()
    return instant


def test_an_open_slot_is_claimed_once(store: Store) -> None:
    assert claim(store) is None
    open_slots(store, NOON)
    open_slots(store, NOON)
    assert claim(store) == NOON
    assert claim(store) is None
    open_slots(store, NOON)
    assert claim(store) is None


def test_one_catch_up_stands_for_all_that_were_missed(store: Store) -> None:
    open_slots(store, NOON + 2 * TICK, NOON, NOON + TICK)
    assert claim(store) == NOON + 2 * TICK
    assert claim(store) is None
    open_slots(store, NOON + 3 * TICK)
    assert claim(store) == NOON + 3 * TICK


def test_jobs_have_slots_of_their_own(store: Store) -> None:
    open_slots(store, NOON)
    assert claim(store, JobName.SYNC_DOCUMENTS) is None
    assert claim(store) == NOON


def test_the_first_slot_ever_of_the_nightly_sync_counts_as_done(store: Store) -> None:
    """A service installed by day must not begin with the run of the night before."""
    open_slots(store, NOON, name=CASES)
    assert claim(store, CASES) is None
    open_slots(store, NOON, name=CASES)
    assert claim(store, CASES) is None
    open_slots(store, NOON + timedelta(days=1), name=CASES)
    assert claim(store, CASES) == NOON + timedelta(days=1)


def test_a_claim_that_is_rolled_back_leaves_the_slot_open(store: Store) -> None:
    open_slots(store, NOON, NOON + TICK)
    with store.unit_of_work() as uow:
        assert uow.jobs.claim_slot(MESSAGES) == NOON + TICK
    assert claim(store) == NOON + TICK


def test_while_one_scheduler_has_a_slot_no_other_gets_it_or_an_older_one(store: Store) -> None:
    open_slots(store, NOON, NOON + TICK)
    others: list[datetime | None] = []
    other = threading.Thread(target=lambda: others.append(claim(store)))
    with store.unit_of_work() as uow:
        assert uow.jobs.claim_slot(MESSAGES) == NOON + TICK
        other.start()
        if not store.serial:
            other.join(timeout=20)
            assert others == [None]
        uow.commit()
    other.join(timeout=20)
    assert others == [None]
    assert claim(store) is None


def test_of_many_schedulers_one_gets_each_slot(store: Store) -> None:
    won: list[datetime] = []
    together = threading.Barrier(4)

    def schedule() -> None:
        for n in range(10):
            together.wait(timeout=20)
            open_slots(store, NOON + n * TICK)
            if instant := claim(store):
                won.append(instant)

    threads = [threading.Thread(target=schedule) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    while instant := claim(store):  # one that all saw locked by another is left for the next tick
        won.append(instant)
    assert len(won) == len(set(won))
    assert max(won) == NOON + 9 * TICK


def claim_round(store: Store) -> Round | None:
    with store.unit_of_work() as uow:
        return uow.jobs.claim_round(CASES)


def test_a_round_goes_on_where_it_was_until_it_is_over(store: Store) -> None:
    assert claim_round(store) is None
    with store.unit_of_work() as uow:
        uow.jobs.begin_round(CASES, NOON)
        uow.commit()
    begun = claim_round(store)
    assert begun == Round(NOON, 0, NOON)
    with store.unit_of_work() as uow:
        uow.jobs.move_round(CASES, begun.moved(PLACES // 2, NOON + TICK))
    assert claim_round(store) == begun  # what was rolled back has not been
    with store.unit_of_work() as uow:
        uow.jobs.move_round(CASES, begun.moved(PLACES // 2, NOON + TICK))
        uow.jobs.begin_round(CASES, NOON)  # once more: nobody begins it anew
        uow.commit()
    half = claim_round(store)
    assert half == Round(NOON, PLACES // 2, NOON + TICK)
    with store.unit_of_work() as uow:
        uow.jobs.move_round(CASES, half.moved(PLACES, NOON + 2 * TICK))
        uow.commit()
    assert claim_round(store) is None


def test_a_new_round_takes_the_place_of_one_that_never_came_to_its_end(store: Store) -> None:
    for due_at in (NOON, NOON + timedelta(days=1), NOON):
        with store.unit_of_work() as uow:
            uow.jobs.begin_round(CASES, due_at)
            uow.commit()
    later = claim_round(store)
    assert later is not None
    assert (later.due_at, later.reached) == (NOON + timedelta(days=1), 0)


def test_while_one_scheduler_moves_a_round_no_other_gets_it(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.jobs.begin_round(CASES, NOON)
        uow.commit()
    if store.serial:
        return
    with store.unit_of_work() as uow, store.unit_of_work() as other:
        assert uow.jobs.claim_round(CASES) is not None
        assert other.jobs.claim_round(CASES) is None
