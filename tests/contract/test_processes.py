"""What the store promises of processes and their signs of life (`core.ports.processes.Processes`)."""

from datetime import timedelta

from core.ports.processes import StoreLook
from core.process import HEARTBEAT, AboutProcess, HeldJob, ProcessKind, process_of
from core.schedule import JobName
from tests.contract.lanes import add, claim, save_firm
from tests.contract.stores import Store
from tests.fakes.samples import a_firm, a_message

ABOUT = AboutProcess(ProcessKind.WORKER, "host", "1.0", 8)
SECOND = timedelta(seconds=1)
SCHEDULER = AboutProcess(ProcessKind.SCHEDULER, "other", "1.1")


def begin(store: Store, about: AboutProcess = ABOUT) -> int:
    with store.unit_of_work() as uow:
        process_id = uow.processes.begin(about)
        uow.commit()
    return process_id


def renew(store: Store, process_id: int) -> bool:
    with store.unit_of_work() as uow:
        seen_at = uow.processes.renew(process_id)
        uow.commit()
    return seen_at is not None


def look(store: Store) -> StoreLook:
    with store.unit_of_work() as uow:
        return uow.processes.look()


def declare(store: Store, seen: StoreLook | None = None) -> list[int]:
    with store.unit_of_work() as uow:
        gone = uow.processes.declare_gone(seen or uow.processes.look(), HEARTBEAT)
        uow.commit()
    return list(gone)


def test_numbers_are_never_given_twice(store: Store) -> None:
    assert len({begin(store) for _ in range(3)}) == 3


def test_who_renews_is_not_gone(store: Store) -> None:
    process_id = begin(store)
    for _ in range(3):
        store.let_time_pass(HEARTBEAT.gone_after - SECOND)
        assert declare(store) == []
        assert renew(store, process_id)


def test_who_is_silent_for_long_is_gone_for_ever(store: Store) -> None:
    silent, alive = begin(store), begin(store)
    store.let_time_pass(HEARTBEAT.gone_after + SECOND)
    renew(store, alive)
    assert declare(store) == [silent]
    assert declare(store) == []
    assert not renew(store, silent)
    assert renew(store, alive)


def test_a_declaration_that_comes_late_declares_nobody(store: Store) -> None:
    """The store may have stood still between the look and it, and nobody could renew."""
    begin(store)
    store.let_time_pass(HEARTBEAT.gone_after + SECOND)
    seen = look(store)
    before = StoreLook(seen.now - HEARTBEAT.look_within - SECOND, seen.server_started_at)
    assert declare(store, before) == []
    assert len(declare(store)) == 1


def test_a_process_that_ends_is_gone_at_once(store: Store) -> None:
    process_id = begin(store)
    with store.unit_of_work() as uow:
        uow.processes.end(process_id)
        uow.commit()
    assert not renew(store, process_id)
    assert declare(store) == []
    with store.unit_of_work() as uow:
        [process] = uow.processes.all()
    assert process.gone_at is not None


def test_those_gone_for_long_are_forgotten(store: Store) -> None:
    old = begin(store)
    store.let_time_pass(HEARTBEAT.gone_after + SECOND)
    declare(store)
    store.let_time_pass(timedelta(hours=2))
    alive = begin(store)
    with store.unit_of_work() as uow:
        assert uow.processes.forget_gone(timedelta(hours=3)) == 0
        assert uow.processes.forget_gone(timedelta(hours=1)) == 1
        assert [process.process_id for process in uow.processes.all()] == [alive]
        uow.commit()
    assert not renew(store, old)


def test_a_look_tells_the_time_and_since_when_the_store_runs(store: Store) -> None:
    seen = look(store)
    assert abs(seen.now - store.now()) < timedelta(seconds=30)
    assert seen.server_started_at <= seen.now
    assert look(store).server_started_at == seen.server_started_at


def test_people_see_what_each_process_is_and_has_in_hand(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a", case_integration_id="1"), a_message("b", case_integration_id="2"))
    owner = store.owner()
    store.let_time_pass(SECOND)
    idle = begin(store, SCHEDULER)
    with store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    with store.outbox_reader().window(10) as window:
        [row] = window.rows
    job_id = int(row.body)
    with store.unit_of_work() as uow:
        assert uow.jobs.start(job_id, owner)
        uow.commit()
    with store.unit_of_work() as uow:
        uow.jobs.ask_seat("north", owner)
        uow.commit()
    claim(store)
    with store.unit_of_work() as uow:
        first, second = uow.processes.all()
    assert (first.process_id, first.about, first.busy, first.cases) == (idle, SCHEDULER, 0, 0)
    assert second.process_id == process_of(owner)
    assert second.jobs == (HeldJob(JobName.SYNC_MESSAGES, "north"),)
    assert (second.busy, second.cases, second.seats) == (1, 2, 1)
    assert second.gone_at is None


def test_a_process_is_told_in_which_of_its_names_something_is_held(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a"))
    save_firm(store, a_firm("south"))
    of_cases, of_seat, of_others = store.owner(), store.owner("seat"), store.owner("other")
    idle = begin(store)
    claim(store)
    for owner in (of_seat, of_others):
        with store.unit_of_work() as uow:
            uow.jobs.ask_seat("north", owner)
            uow.commit()
    with store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_DOCUMENTS, ["south"])
        uow.commit()
    with store.outbox_reader().window(10) as window:
        job_id = next(int(row.body) for row in window.rows if row.queue == JobName.SYNC_DOCUMENTS)
    with store.unit_of_work() as uow:
        assert uow.jobs.start(job_id, of_others)
        uow.commit()
    with store.unit_of_work() as uow:
        held = {
            owner: list(uow.processes.holding(process_of(owner))) for owner in (of_cases, of_seat, of_others)
        }
        assert held == {owner: [owner] for owner in held}
        assert not uow.processes.holding(idle)
