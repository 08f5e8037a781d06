"""What a unit of work promises (`core.ports.unit_of_work.UnitOfWork`)."""

import pytest

from core.actor import ALL_FIRMS
from core.issue import IssueKind
from core.schedule import JobName
from tests.contract.stores import Store
from tests.fakes.samples import a_case, a_firm, a_message


def test_what_was_committed_is_there_afterwards(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm())
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.firms.get("north") == a_firm()


def test_leaving_without_a_commit_leaves_no_trace_in_any_repository(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm())
        uow.cases.save("north", [a_case()])
        uow.inbox.record([a_message()])
        uow.issues.open("north", IssueKind.SYNC_FAILED, "key", "message")
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
    with store.unit_of_work() as uow:
        assert uow.firms.all(ALL_FIRMS) == []
        assert uow.cases.existing([("north", "300417")]) == set()
        assert [verdict.value for verdict in uow.inbox.record([a_message()])] == ["new"]
        assert uow.issues.list_open(ALL_FIRMS) == []
        assert uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"]) == 1
    with store.outbox_reader().window(10) as window:
        assert list(window.rows) == []


def test_an_error_inside_rolls_back_and_goes_on_to_the_caller(store: Store) -> None:
    def fails_half_way() -> None:
        with store.unit_of_work() as uow:
            uow.firms.save(a_firm())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_half_way()
    with store.unit_of_work() as uow:
        assert uow.firms.get("north") is None


def test_a_unit_of_work_can_be_used_on_after_a_commit_and_keeps_only_what_is_committed(store: Store) -> None:
    with store.unit_of_work() as uow:
        firms = uow.firms
        firms.save(a_firm("a"))
        uow.commit()
        firms.save(a_firm("b"))
        uow.commit()
        firms.save(a_firm("c"))
    with store.unit_of_work() as uow:
        assert [firm.firm_id for firm in uow.firms.all(ALL_FIRMS)] == ["a", "b"]


def test_a_transaction_sees_its_own_changes(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm())
        assert uow.firms.known(["north"]) == {"north": True}
