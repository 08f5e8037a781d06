"""What jobs and commands are promised about a firm's seats (`core.ports.jobs.Jobs`)."""

import json
from datetime import timedelta

import pytest

from core.job import Job
from core.schedule import JobName
from tests.contract.stores import Store
from tests.fakes.samples import a_firm

MESSAGES, DOCUMENTS, CASES = JobName.SYNC_MESSAGES, JobName.SYNC_DOCUMENTS, JobName.SYNC_CASES
WAITING = timedelta(minutes=1)


@pytest.fixture
def two_seats(store: Store) -> Store:
    add_firm(store, 2)
    return store


@pytest.fixture
def one_seat(store: Store) -> Store:
    add_firm(store, 1)
    return store


def add_firm(store: Store, concurrency: int, firm_id: str = "north") -> None:
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm(firm_id, concurrency=concurrency))
        uow.commit()


def published(store: Store) -> list[int]:
    """Take the jobs out of the outbox, as the relay would."""
    with store.outbox_reader().window(1_000) as window:
        window.mark_published([row.row_id for row in window.rows])
        return [json.loads(row.body) for row in window.rows]


def enqueue(store: Store, name: JobName, *, run_id: int | None = None, firm_id: str = "north") -> int:
    """Enqueue a job and let the relay publish it; its id."""
    with store.unit_of_work() as uow:
        uow.jobs.enqueue(name, [firm_id], run_id=run_id)
        uow.commit()
    [job_id] = published(store)
    return job_id


def start(store: Store, job_id: int) -> Job | None:
    owner = store.owner()
    with store.unit_of_work() as uow:
        job = uow.jobs.start(job_id, owner)
        uow.commit()
    return job


def seated(store: Store, name: JobName, *, run_id: int | None = None, firm_id: str = "north") -> Job:
    job = start(store, enqueue(store, name, run_id=run_id, firm_id=firm_id))
    assert job is not None
    return job


def parked(store: Store, name: JobName, *, run_id: int | None = None) -> int:
    job_id = enqueue(store, name, run_id=run_id)
    assert start(store, job_id) is None
    return job_id


def finish(store: Store, job: Job) -> None:
    with store.unit_of_work() as uow:
        uow.jobs.finish(job)
        uow.commit()


def recover(store: Store) -> int:
    with store.unit_of_work() as uow:
        number = uow.jobs.requeue_lost(WAITING)
        uow.commit()
    return number


def take_back(store: Store, *owners: str) -> int:
    with store.unit_of_work() as uow:
        number = uow.jobs.take_back(owners or None)
        uow.commit()
    return number


def ask(store: Store) -> int:
    owner = store.owner("command")
    with store.unit_of_work() as uow:
        seat_id = uow.jobs.ask_seat("north", owner)
        uow.commit()
    return seat_id


def take(store: Store, seat_id: int) -> bool:
    with store.unit_of_work() as uow:
        taken = uow.jobs.take_seat(seat_id)
        uow.commit()
    return taken


def leave(store: Store, seat_id: int) -> None:
    with store.unit_of_work() as uow:
        uow.jobs.leave_seat(seat_id)
        uow.commit()


def test_no_more_jobs_of_a_firm_are_worked_on_than_its_concurrency(two_seats: Store) -> None:
    seated(two_seats, MESSAGES)
    seated(two_seats, CASES, run_id=1)
    parked(two_seats, MESSAGES)


def test_one_firms_jobs_take_no_seat_of_another(two_seats: Store) -> None:
    add_firm(two_seats, 1, "south")
    for name in (MESSAGES, CASES):
        seated(two_seats, name)
    seated(two_seats, MESSAGES, firm_id="south")


def test_a_firm_that_is_not_stored_has_nothing_to_protect(store: Store) -> None:
    for run_id in range(4):
        seated(store, CASES, run_id=run_id)


def test_cases_and_documents_leave_the_last_seat_to_messages(two_seats: Store) -> None:
    seated(two_seats, CASES, run_id=1)
    parked(two_seats, CASES, run_id=2)
    parked(two_seats, DOCUMENTS)
    seated(two_seats, MESSAGES)


def test_messages_may_take_all_seats(two_seats: Store) -> None:
    seated(two_seats, MESSAGES)
    seated(two_seats, MESSAGES)
    parked(two_seats, CASES)


def test_a_finished_job_hands_its_seat_to_the_parked_one(one_seat: Store) -> None:
    running = seated(one_seat, CASES, run_id=1)
    waiting = parked(one_seat, MESSAGES)
    assert published(one_seat) == []
    finish(one_seat, running)
    assert published(one_seat) == [waiting]
    assert start(one_seat, waiting) is not None


def test_parked_messages_go_before_documents_before_cases(one_seat: Store) -> None:
    running = seated(one_seat, CASES, run_id=1)
    cases = parked(one_seat, CASES, run_id=2)
    documents = parked(one_seat, DOCUMENTS)
    messages = parked(one_seat, MESSAGES)
    order = []
    for _ in range(3):
        finish(one_seat, running)
        [following] = published(one_seat)
        order.append(following)
        job = start(one_seat, following)
        assert job is not None
        running = job
    assert order == [messages, documents, cases]


def test_a_seat_that_only_messages_may_take_wakes_no_cases(two_seats: Store) -> None:
    messages = seated(two_seats, MESSAGES)
    seated(two_seats, CASES, run_id=1)
    parked(two_seats, CASES, run_id=2)
    finish(two_seats, messages)
    assert published(two_seats) == []


def test_who_asks_for_a_parked_job_adds_none(one_seat: Store) -> None:
    running = seated(one_seat, CASES)
    waiting = parked(one_seat, MESSAGES)
    with one_seat.unit_of_work() as uow:
        assert uow.jobs.enqueue(MESSAGES, ["north"]) == 0
        uow.commit()
    assert published(one_seat) == []
    finish(one_seat, running)
    assert published(one_seat) == [waiting]


def test_a_parked_job_waits_however_long_without_being_published(one_seat: Store) -> None:
    seated(one_seat, CASES)
    parked(one_seat, MESSAGES)
    one_seat.let_time_pass(timedelta(days=1))
    assert recover(one_seat) == 0
    assert published(one_seat) == []


def test_a_message_that_comes_twice_parks_its_job_once(one_seat: Store) -> None:
    running = seated(one_seat, CASES)
    waiting = parked(one_seat, MESSAGES)
    assert start(one_seat, waiting) is None
    finish(one_seat, running)
    assert published(one_seat) == [waiting]


def test_the_seat_of_a_process_that_is_gone_goes_to_who_waits_for_it(one_seat: Store) -> None:
    lost = seated(one_seat, CASES)
    waiting = parked(one_seat, MESSAGES)
    one_seat.lose()
    assert take_back(one_seat) == 2
    [replacing] = set(published(one_seat)) - {waiting}
    assert replacing != lost.job_id


def test_recovering_wakes_who_waits_for_a_seat_that_was_added(one_seat: Store) -> None:
    seated(one_seat, CASES)
    waiting = parked(one_seat, MESSAGES)
    add_firm(one_seat, 2)
    assert recover(one_seat) == 1
    assert published(one_seat) == [waiting]


def test_a_woken_job_that_finds_its_seat_taken_is_parked_again(one_seat: Store) -> None:
    running = seated(one_seat, CASES, run_id=1)
    waiting = parked(one_seat, CASES, run_id=2)
    finish(one_seat, running)
    assert published(one_seat) == [waiting]
    quicker = seated(one_seat, MESSAGES)
    assert start(one_seat, waiting) is None
    finish(one_seat, quicker)
    assert published(one_seat) == [waiting]


def test_a_command_takes_a_seat_and_gives_it_back(one_seat: Store) -> None:
    seat = ask(one_seat)
    assert take(one_seat, seat)
    waiting = parked(one_seat, MESSAGES)
    leave(one_seat, seat)
    assert published(one_seat) == [waiting]
    assert start(one_seat, waiting) is not None


def test_a_command_that_asked_is_next_before_all_jobs(one_seat: Store) -> None:
    running = seated(one_seat, CASES)
    waiting = parked(one_seat, MESSAGES)
    seat = ask(one_seat)
    assert not take(one_seat, seat)
    finish(one_seat, running)
    assert published(one_seat) == []
    assert start(one_seat, waiting) is None
    assert take(one_seat, seat)
    leave(one_seat, seat)
    assert published(one_seat) == [waiting]


def test_of_two_commands_the_one_that_asked_first_goes_first(one_seat: Store) -> None:
    first, second = ask(one_seat), ask(one_seat)
    assert not take(one_seat, second)
    assert take(one_seat, first)
    assert take(one_seat, first)
    assert not take(one_seat, second)
    leave(one_seat, first)
    assert take(one_seat, second)


def test_a_command_that_died_keeps_nobody_waiting(one_seat: Store) -> None:
    seat = ask(one_seat)
    take(one_seat, seat)
    waiting = parked(one_seat, MESSAGES)
    one_seat.lose("command")
    assert take_back(one_seat) == 1
    assert waiting in published(one_seat)
    assert not take(one_seat, seat)
    leave(one_seat, seat)


def test_a_request_stands_for_as_long_as_its_process_lives(one_seat: Store) -> None:
    seated(one_seat, CASES)
    seat = ask(one_seat)
    one_seat.let_time_pass(timedelta(hours=1))
    recover(one_seat)
    take_back(one_seat)
    add_firm(one_seat, 2)
    assert take(one_seat, seat)


def test_what_one_errand_left_is_taken_back_from_it_alone(two_seats: Store) -> None:
    kept = ask(two_seats)
    other = two_seats.owner("other")
    with two_seats.unit_of_work() as uow:
        left = uow.jobs.ask_seat("north", other)
        uow.commit()
    take_back(two_seats, other)
    assert not take(two_seats, left)
    assert take(two_seats, kept)
