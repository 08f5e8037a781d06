"""What arrives for a case that is not here brings the case over, and is held only if that fails."""

from datetime import timedelta

import pytest

from core.actor import SYSTEM
from core.credentials import PasswordCredentials
from core.delivery import DeliveryState
from core.errors import PermissionMissingError, RateLimitedError, TransientError
from core.firm import ConnectionState
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService
from tests.fakes.tables import DeliveryRow


@pytest.fixture
def service() -> FakeService:
    """A firm with one imported case, and one that only SmartAdvocate knows."""
    service = FakeService()
    service.with_firm(None, "300417")
    service.smartadvocate.put_case("north", a_source_case("300418"))
    return service


def send(service: FakeService, message_id: str = "m-1", case: str = "300418", minute: int = 0) -> None:
    service.send(message_id, minute=minute, case_integration_id=case)


def the_delivery(service: FakeService) -> DeliveryRow:
    [row] = service.store.deliveries()
    return row


def issues(service: FakeService) -> list[tuple[str, str, int]]:
    with service.store.unit_of_work() as uow:
        return [(issue.kind, issue.key, issue.times) for issue in uow.issues.list_open(frozenset({"north"}))]


def test_a_message_for_a_case_that_is_not_here_brings_it_over_and_is_delivered(service: FakeService) -> None:
    send(service, "m-2", minute=2)
    send(service, "m-1", minute=1)
    service.work()
    assert service.smartadvocate.calls["case_by_id"] == 1
    assert [case for _, case, _ in service.smartadvocate.inserted] == ["300418", "300418"]
    assert [row.state for row in service.store.deliveries()] == [DeliveryState.DELIVERED] * 2
    assert service.announced().count("case-imported") == 2
    assert issues(service) == []


def test_a_case_that_does_not_exist_holds_its_messages_with_the_reason_and_one_issue(
    service: FakeService,
) -> None:
    send(service, "m-1", case="999")
    send(service, "m-2", case="998")
    service.work()
    held = service.store.deliveries(DeliveryState.HELD)
    assert [row.reason for row in held] == ["case_not_imported"] * 2
    assert all(row.detail and "could not be imported" in row.detail for row in held)
    assert issues(service) == [("delivery_held", "case_not_imported", 2)]


def test_a_case_that_is_skipped_says_why_and_what_to_do(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("300419", staff=()))
    send(service, case="300419")
    service.work()
    detail = the_delivery(service).detail or ""
    assert "no lead attorney" in detail
    assert "put somebody in the lead attorney's role" in detail


def test_a_held_message_flows_when_the_case_can_be_imported_and_its_issue_is_over(
    service: FakeService,
) -> None:
    send(service, case="999")
    service.work()
    service.smartadvocate.put_case("north", a_source_case("999"))
    service.later(timedelta(minutes=30))
    assert the_delivery(service).state is DeliveryState.HELD
    service.later(timedelta(minutes=31))
    assert the_delivery(service).state is DeliveryState.DELIVERED
    service.due_jobs.recover(SYSTEM)
    assert issues(service) == []


def test_a_case_that_cannot_be_imported_is_not_asked_for_all_the_time(service: FakeService) -> None:
    send(service, case="999")
    for minute in range(60):
        service.later(timedelta(seconds=59))
        send(service, f"m-{minute}", case="999", minute=minute)
    assert service.smartadvocate.calls["case_by_id"] == 1


def test_an_import_that_fails_for_a_while_only_holds_nothing(service: FakeService) -> None:
    service.smartadvocate.faults.add("case_by_id", Before(TransientError("busy")))
    send(service)
    service.work()
    assert the_delivery(service).state is DeliveryState.PENDING
    service.later(timedelta(seconds=61))
    assert the_delivery(service).state is DeliveryState.DELIVERED
    assert issues(service) == []


def test_a_permission_that_is_missing_holds_with_that_reason(service: FakeService) -> None:
    service.smartadvocate.faults.add("case_by_id", Before(PermissionMissingError("may not read cases")))
    send(service)
    service.work()
    assert "may not read cases" in (the_delivery(service).detail or "")


def test_a_rate_limit_met_by_an_import_pauses_the_firm(service: FakeService) -> None:
    limited = RateLimitedError("slow down", retry_after=timedelta(seconds=90))
    service.smartadvocate.faults.add("case_by_id", Before(limited))
    send(service)
    send(service, "m-2", case="999")
    service.work()
    assert service.smartadvocate.calls["case_by_id"] == 1
    service.later(timedelta(seconds=91))
    assert len(service.smartadvocate.inserted) == 1


def test_a_rejected_log_in_waits_for_the_firm_to_be_connected_again(service: FakeService) -> None:
    service.smartadvocate.rejected.add("north")
    send(service)
    service.work()
    with service.store.unit_of_work() as uow:
        firm = uow.firms.get("north")
    assert firm is not None
    assert firm.connection is ConnectionState.RECONNECT_REQUIRED
    service.smartadvocate.rejected.clear()
    service.connect(SYSTEM, a_firm(), PasswordCredentials("user", "secret"))
    service.later(timedelta(seconds=61))
    assert the_delivery(service).state is DeliveryState.DELIVERED


def test_other_cases_are_delivered_while_one_waits_for_its_import(service: FakeService) -> None:
    service.smartadvocate.faults.add("case_by_id", *[Before(TransientError("busy"))] * 5)
    send(service)
    send(service, "m-2", case="300417")
    service.work()
    assert [case for _, case, _ in service.smartadvocate.inserted] == ["300417"]


def test_a_stopping_worker_leaves_the_rest_to_the_next_job(service: FakeService) -> None:
    send(service)
    service.stopping = True
    [row] = service.jobs_published()
    service.import_waiting(SYSTEM, int(row.body))
    assert service.smartadvocate.calls["case_by_id"] == 0
    service.stopping = False
    service.work()
    assert the_delivery(service).state is DeliveryState.DELIVERED


def test_a_job_of_a_firm_that_is_gone_or_repeated_does_nothing(service: FakeService) -> None:
    send(service)
    [row] = service.jobs_published()
    service.import_waiting(SYSTEM, int(row.body))
    service.import_waiting(SYSTEM, int(row.body))
    assert service.smartadvocate.calls["case_by_id"] == 1
