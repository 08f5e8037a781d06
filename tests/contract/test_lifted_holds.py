"""What the deliveries promise about holds that are tried to be lifted: probes and imports."""

from collections.abc import Sequence
from datetime import timedelta

from core.actor import ALL_FIRMS
from core.delivery import DeliveryState
from core.event import EventKind
from core.firm import ConnectionState
from core.ports.deliveries import ImportPace
from core.reason import Reason
from tests.contract.lanes import MESSAGES, add, claim, due, give_back, record, save_firm, subjects
from tests.contract.stores import Store
from tests.fakes.samples import a_case, a_document, a_firm, a_message

EVERY = timedelta(minutes=5)
SOON, AGAIN = timedelta(minutes=1), timedelta(hours=1)
PACE = ImportPace(waiting=SOON, held=AGAIN)
MISSING = Reason.PERMISSION_MISSING
BEING = Reason.CASE_BEING_IMPORTED


def probe(store: Store) -> list[tuple[str, EventKind]]:
    with store.unit_of_work() as uow:
        let_out = uow.deliveries.probe_holds([MISSING, Reason.CASE_NOT_FOUND], EVERY)
        uow.commit()
    return list(let_out)


def take(store: Store, limit: int = 10) -> Sequence[str]:
    with store.unit_of_work() as uow:
        cases = uow.deliveries.take_waiting_cases("north", pace=PACE, limit=limit)
        uow.commit()
    return cases


def waiting_firms(store: Store) -> Sequence[str]:
    with store.unit_of_work() as uow:
        return uow.deliveries.firms_waiting_for_import(PACE)


def hold_all(store: Store, reason: Reason = MISSING) -> None:
    for lane in claim(store):
        record(store, lane.deliveries[0], DeliveryState.HELD, reason=reason)
        give_back(store, cases=[lane.case_integration_id])


def three_held(store: Store) -> None:
    save_firm(store)
    add(store, *[a_message(f"m-{case}", case_integration_id=case) for case in ("1", "2", "3")])
    hold_all(store)


def test_of_a_firms_held_deliveries_one_is_let_out_every_so_often(store: Store) -> None:
    three_held(store)
    assert probe(store) == []  # just seen: the time begins
    store.let_time_pass(EVERY)
    assert probe(store) == [("north", MESSAGES)]
    assert sorted(store.states().values()) == ["held", "held", "pending"]
    assert probe(store) == []
    [lane] = claim(store)
    assert lane.deliveries[0].probe_of == MISSING


def test_the_next_probe_is_another_case(store: Store) -> None:
    three_held(store)
    probe(store)
    probed = []
    for _ in range(3):
        store.let_time_pass(EVERY)
        probe(store)
        [lane] = claim(store)
        probed += subjects(lane)
        record(store, lane.deliveries[0], DeliveryState.HELD, reason=MISSING)
        give_back(store, cases=[lane.case_integration_id])
    assert sorted(probed) == ["m-1", "m-2", "m-3"]


def test_a_probe_is_one_until_it_has_come_to_an_end(store: Store) -> None:
    three_held(store)
    probe(store)
    store.let_time_pass(EVERY)
    probe(store)
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.RETRYING, run_at=store.now())
    give_back(store, cases=[lane.case_integration_id])
    [lane] = claim(store)
    assert lane.deliveries[0].probe_of == MISSING
    record(store, lane.deliveries[0], DeliveryState.FAILED)
    give_back(store, cases=[lane.case_integration_id])
    assert store.states()[lane.deliveries[0].subject_id] == "failed"


def test_reasons_kinds_and_firms_are_probed_apart(store: Store) -> None:
    save_firm(store)
    save_firm(store, a_firm("south"))
    add(store, a_message("m", case_integration_id="1"), a_document("d", case_integration_id="1"))
    add(store, a_message("s", firm_id="south", case_integration_id="1"))
    for firm, kind in (("north", MESSAGES), ("north", EventKind.DOCUMENT_UPLOADED), ("south", MESSAGES)):
        [lane] = claim(store, firm_id=firm, kind=kind)
        record(store, lane.deliveries[0], DeliveryState.HELD, reason=MISSING)
        owner = store.owner()
        with store.unit_of_work() as uow:
            uow.deliveries.release(firm, kind, owner, ["1"])
            uow.commit()
    add(store, a_message("other", case_integration_id="2"))
    hold_all(store, Reason.CASE_NOT_FOUND)
    add(store, a_message("third", case_integration_id="3"))
    hold_all(store, Reason.RECONNECT_REQUIRED)
    probe(store)
    store.let_time_pass(EVERY)
    assert sorted(probe(store)) == [
        ("north", EventKind.DOCUMENT_UPLOADED),
        ("north", MESSAGES),
        ("north", MESSAGES),
        ("south", MESSAGES),
    ]
    assert store.states()["third"] == "held"


def test_a_firm_that_is_not_connected_is_not_probed(store: Store) -> None:
    three_held(store)
    probe(store)
    with store.unit_of_work() as uow:
        uow.firms.set_connection("north", ConnectionState.RECONNECT_REQUIRED)
        uow.commit()
    store.let_time_pass(EVERY)
    assert probe(store) == []


def test_what_waits_for_its_import_is_pending_and_its_lane_rests(store: Store) -> None:
    save_firm(store)
    add(store, a_message(), hold=BEING)
    assert store.states() == {"m-1": "pending"}
    assert (due(store), claim(store)) == ([], [])
    assert waiting_firms(store) == ["north"]


def test_a_case_is_taken_for_import_once_in_a_while(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a", case_integration_id="1"), a_document("d", case_integration_id="1"), hold=BEING)
    add(store, a_message("b", case_integration_id="2"), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("c", case_integration_id="3"), hold=Reason.FIRM_UNKNOWN)
    assert sorted(take(store)) == ["1", "2"]
    assert (take(store), waiting_firms(store)) == ([], [])
    store.let_time_pass(SOON)
    assert waiting_firms(store) == ["north"]
    assert sorted(take(store)) == ["1"]
    store.let_time_pass(AGAIN)
    assert waiting_firms(store) == ["north"]
    assert sorted(take(store)) == ["1", "2"]


def test_a_try_that_told_nothing_is_forgotten(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a", case_integration_id="1"), a_document("d", case_integration_id="1"), hold=BEING)
    assert take(store) == ["1"]
    with store.unit_of_work() as uow:
        uow.deliveries.forget_try("north", "1")
        uow.commit()
    assert waiting_firms(store) == ["north"]
    assert take(store) == ["1"]


def test_those_never_tried_are_taken_first(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a", case_integration_id="1"), hold=BEING)
    assert take(store) == ["1"]
    store.let_time_pass(AGAIN)
    add(store, a_message("b", case_integration_id="2"), hold=BEING)
    assert take(store, limit=1) == ["2"]
    assert take(store, limit=1) == ["1"]


def test_when_the_import_failed_all_that_waits_for_it_is_held_with_the_reason(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a"), a_document("d"), hold=BEING)
    add(store, a_message("other", case_integration_id="2"), hold=BEING)
    with store.unit_of_work() as uow:
        assert uow.deliveries.hold_for_import("north", "300417", "the import failed: no attorney") == 2
        assert uow.deliveries.hold_for_import("north", "9", "no such case") == 0
        uow.commit()
    assert store.states() == {"a": "held", "d": "held", "other": "pending"}
    with store.unit_of_work() as uow:
        from core.delivery_selection import Selection

        [row, _] = uow.deliveries.find(ALL_FIRMS, Selection(states=(DeliveryState.HELD,)), 10)
        assert (row.reason, row.detail) == ("case_not_imported", "the import failed: no attorney")
        [entry] = uow.deliveries.timeline(row.delivery_id)
        assert (entry.outcome, entry.detail) == ("held", "the import failed: no attorney")


def test_an_import_lets_go_what_waited_for_it_held_or_not(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a", case_integration_id="1"), hold=BEING)
    add(store, a_message("b", case_integration_id="2"), hold=Reason.CASE_NOT_IMPORTED)
    with store.unit_of_work() as uow:
        assert uow.deliveries.release_holds("north", [Reason.CASE_NOT_IMPORTED], ["1", "2"]) == 2
        uow.commit()
    assert sorted(subjects(lane)[0] for lane in claim(store)) == ["a", "b"]


def test_a_case_that_came_by_another_way_lets_go_what_waits_for_its_import(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a", case_integration_id="1"), hold=BEING)
    with store.unit_of_work() as uow:
        uow.cases.save("north", [a_case("1")])
        assert uow.deliveries.release_resolved_holds() == 1
        uow.commit()
    assert [subjects(lane) for lane in claim(store)] == [["a"]]


def test_a_message_behind_a_held_one_waits_with_it(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a", minute=1), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("b", minute=2), hold=BEING)
    assert claim(store) == []
    with store.unit_of_work() as uow:
        assert uow.deliveries.release_holds("north", [Reason.CASE_NOT_IMPORTED]) == 2
        uow.commit()
    assert [subjects(lane) for lane in claim(store)] == [["a", "b"]]
