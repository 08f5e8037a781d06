"""What firms at a glance promise (`core.ports.firms.Firms`)."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, Reach
from core.cursor import Window
from core.issue import IssueKind
from core.overview import Behind, FirmAtAGlance, FirmOrder
from core.run import RunState, Trigger
from tests.contract.stores import Store
from tests.fakes.samples import a_firm


def a_run(store: Store, firm_id: str, state: RunState, trigger: Trigger = Trigger.NIGHTLY) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start(firm_id, trigger, Window(store.now(), store.now()))
        uow.runs.finish(run.run_id, state)
        uow.commit()


def firms(store: Store) -> None:
    """Three firms: east was good first, west later, and north never was. West has issues, and north."""
    with store.unit_of_work() as uow:
        for firm_id, name in (("east", "Easterly"), ("north", "Norton & Co"), ("west", "Wessex")):
            uow.firms.save(a_firm(firm_id, name=name))
        for key in ("1", "2"):
            uow.issues.open("west", IssueKind.CASE_VANISHED, key, "gone")
        uow.issues.open("north", IssueKind.CASE_VANISHED, "1", "gone")
        uow.issues.open("east", IssueKind.CASE_VANISHED, "1", "gone")
        uow.issues.resolve("east", IssueKind.CASE_VANISHED)
        uow.commit()
    a_run(store, "east", RunState.FINISHED)
    store.let_time_pass(timedelta(seconds=1))
    a_run(store, "west", RunState.FINISHED, Trigger.RESET)
    a_run(store, "east", RunState.FAILED)
    a_run(store, "north", RunState.FINISHED, Trigger.RETRY)


def ask(
    store: Store, order: FirmOrder, reach: Reach = ALL_FIRMS, limit: int = 10, words: str = ""
) -> Sequence[FirmAtAGlance]:
    with store.unit_of_work() as uow:
        return uow.firms.at_a_glance(reach, order, limit, words=words)


def test_those_come_first_whose_last_good_night_is_longest_ago(store: Store) -> None:
    firms(store)
    found = ask(store, FirmOrder.NIGHT)
    assert [firm.firm_id for firm in found] == ["north", "east", "west"]
    assert [firm.good_at is None for firm in found] == [True, False, False]


def test_or_those_with_the_most_open_issues(store: Store) -> None:
    firms(store)
    found = ask(store, FirmOrder.PROBLEMS)
    assert [(firm.firm_id, firm.issues) for firm in found] == [("west", 2), ("north", 1), ("east", 0)]


def test_firms_are_found_by_words_of_their_id_or_name_among_the_actors_own(store: Store) -> None:
    firms(store)
    assert [firm.firm_id for firm in ask(store, FirmOrder.NIGHT, words="NORTON")] == ["north"]
    assert [firm.firm_id for firm in ask(store, FirmOrder.NIGHT, words="est")] == ["west"]
    assert [firm.firm_id for firm in ask(store, FirmOrder.NIGHT, words="%")] == []
    own = ask(store, FirmOrder.NIGHT, frozenset({"east", "west"}))
    assert [firm.firm_id for firm in own] == ["east", "west"]


@pytest.mark.parametrize("order", FirmOrder)
def test_page_by_page_each_comes_once_also_where_many_are_alike(store: Store, order: FirmOrder) -> None:
    firms(store)
    with store.unit_of_work() as uow:
        for number in range(4):
            uow.firms.save(a_firm(f"new-{number}"))
        uow.commit()
    whole = [firm.firm_id for firm in ask(store, order)]
    assert len(whole) == 7
    read: list[str] = []
    behind: Behind | None = None
    with store.unit_of_work() as uow:
        while page := uow.firms.at_a_glance(ALL_FIRMS, order, 2, behind=behind):
            read += [firm.firm_id for firm in page]
            behind = Behind.after(page[-1])
    assert read == whole
