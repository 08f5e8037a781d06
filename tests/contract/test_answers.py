"""What kept answers promise (`core.ports.answers.Answers`)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from core.kept_answer import KeptAnswer
from core.ports.answers import KnownRequest
from tests.contract.stores import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DONE = KeptAnswer(201, {"location": "/v1/runs/7"}, b'{"run_id": "7"}')


def begin(store: Store, key: str = "k", fingerprint: bytes = b"f", actor: str = "ada") -> KnownRequest | None:
    with store.unit_of_work() as uow:
        known = uow.answers.begin(actor, key, fingerprint, lease=HOUR, kept=DAY)
        uow.commit()
    return known


def keep(store: Store, answer: KeptAnswer = DONE, key: str = "k") -> None:
    with store.unit_of_work() as uow:
        uow.answers.keep("ada", key, answer)
        uow.commit()


def test_a_key_is_taken_once_and_then_tells_who_has_it_and_what_that_was_answered(store: Store) -> None:
    assert begin(store) is None
    assert begin(store, fingerprint=b"other") == KnownRequest(b"f", None)
    keep(store)
    assert begin(store) == KnownRequest(b"f", DONE)
    keep(store, KeptAnswer(200, {}, None))
    assert begin(store) == KnownRequest(b"f", KeptAnswer(200, {}, None))


def test_a_key_is_its_actors_own(store: Store) -> None:
    assert begin(store) is None
    assert begin(store, actor="tom") is None
    assert begin(store, key="another") is None


def test_of_many_at_once_one_gets_the_key(store: Store) -> None:
    with ThreadPoolExecutor(3) as pool:
        known = list(pool.map(lambda _: begin(store), range(9)))
    assert known.count(None) == 1


def test_who_did_nothing_frees_the_key_and_what_was_answered_stays(store: Store) -> None:
    begin(store)
    for _ in range(2):
        with store.unit_of_work() as uow:
            uow.answers.forget("ada", "k")
            uow.commit()
        assert begin(store, fingerprint=b"mended") is None
    keep(store)
    with store.unit_of_work() as uow:
        uow.answers.forget("ada", "k")
        uow.commit()
    assert begin(store) == KnownRequest(b"mended", DONE)


def test_whoever_does_not_come_back_loses_the_key_and_an_answer_is_kept_for_its_time(store: Store) -> None:
    begin(store)
    store.let_time_pass(timedelta(minutes=59))
    assert begin(store) is not None
    store.let_time_pass(timedelta(minutes=2))
    assert begin(store, fingerprint=b"second") is None
    keep(store)
    store.let_time_pass(timedelta(hours=23))
    assert begin(store) == KnownRequest(b"second", DONE)
    store.let_time_pass(timedelta(hours=2))
    assert begin(store, fingerprint=b"third") is None


def test_what_is_old_is_deleted_piece_by_piece(store: Store) -> None:
    for key in "abc":
        begin(store, key=key)
    store.let_time_pass(DAY + HOUR)
    begin(store, key="d")
    with store.unit_of_work() as uow:
        assert uow.answers.purge(DAY, 2) == 2
        assert uow.answers.purge(DAY, 2) == 1
        uow.commit()
    assert begin(store, key="a") is None
    assert begin(store, key="d") is not None
