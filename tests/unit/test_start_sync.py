"""Runs are started, joined, followed and cancelled; a reset is for implementation managers."""

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.cursor import Window
from core.errors import ConfigurationError, NotAllowedError
from core.firm import Firm
from core.run import Run, RunState, Trigger
from core.window import covers_everything
from tests.fakes.samples import NOON, a_source_case
from tests.fakes.service import FakeService

MANAGER = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
ADMIN = Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm(None, "300417")
    return service


def firm(service: FakeService) -> Firm:
    with service.store.unit_of_work() as uow:
        found = uow.firms.get("north")
    assert found is not None
    return found


def runs(service: FakeService) -> list[Run]:
    with service.store.unit_of_work() as uow:
        return list(reversed(uow.runs.list(frozenset({"north"}))))[1:]  # the first brought the case


def test_a_reset_looks_back_ten_years_and_is_in_the_audit_log(service: FakeService) -> None:
    run, new = service.start_sync(MANAGER, firm(service), Trigger.RESET)
    assert new
    assert covers_everything(run.window)
    with service.store.unit_of_work() as uow:
        [entry] = uow.audit.list(frozenset({"north"}))
    assert (entry.actor, entry.action, entry.detail["trigger"]) == (MANAGER, "sync-started", "reset")


def test_a_firms_administrator_may_sync_but_not_reset(service: FakeService) -> None:
    service.start_sync(ADMIN, firm(service), Trigger.MANUAL)
    with pytest.raises(NotAllowedError, match="for implementation managers"):
        service.start_sync(ADMIN, firm(service), Trigger.RESET)
    with pytest.raises(NotAllowedError, match="'north', only for 'south'"):
        service.start_sync(Actor("eve", Role.FIRM_ADMIN, frozenset({"south"})), firm(service), Trigger.MANUAL)


def test_a_reset_during_another_run_waits_and_follows_it(service: FakeService) -> None:
    first, _ = service.start_sync(SYSTEM, firm(service), Trigger.MANUAL)
    joined, new = service.start_sync(MANAGER, firm(service), Trigger.RESET)
    assert (joined.run_id, new, joined.then) == (first.run_id, False, Trigger.RESET)
    service.work()
    assert [(run.trigger, run.state) for run in runs(service)] == [
        (Trigger.MANUAL, RunState.FINISHED),
        (Trigger.RESET, RunState.FINISHED),
    ]
    assert covers_everything(runs(service)[1].window)
    assert firm(service).first_synced_at is not None


def test_a_sync_during_a_retry_follows_it(service: FakeService) -> None:
    with service.store.unit_of_work() as uow:
        uow.runs.start("north", Trigger.RETRY, Window(NOON, NOON))
        uow.commit()
    service.start_sync(SYSTEM, firm(service))
    service.work()
    assert [run.trigger for run in runs(service)] == [Trigger.RETRY, Trigger.MANUAL]


def test_a_second_sync_of_the_same_window_joins(service: FakeService) -> None:
    first, _ = service.start_sync(SYSTEM, firm(service))
    joined, new = service.start_sync(SYSTEM, firm(service), Trigger.NIGHTLY)
    assert (joined.run_id, new, joined.then) == (first.run_id, False, None)
    service.work()
    assert len(runs(service)) == 1


def test_a_cancelled_run_reads_no_further_page_and_says_who(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("2"))
    run, _ = service.start_sync(SYSTEM, firm(service))
    assert service.cancel_run(MANAGER, run.run_id)
    service.work()
    [cancelled] = runs(service)
    assert (cancelled.state, cancelled.detail) == (RunState.CANCELLED, "cancelled by ada")
    assert not service.cancel_run(MANAGER, run.run_id)
    with service.store.unit_of_work() as uow:
        assert "2" not in uow.cases.get("north", ["2"])
        assert [entry.action for entry in uow.audit.list(frozenset({"north"}))] == ["sync-cancelled"]


def test_what_waited_for_a_cancelled_run_starts(service: FakeService) -> None:
    run, _ = service.start_sync(SYSTEM, firm(service))
    service.start_sync(MANAGER, firm(service), Trigger.RESET)
    service.cancel_run(MANAGER, run.run_id)
    service.work()
    assert [run.trigger for run in runs(service)] == [Trigger.MANUAL, Trigger.RESET]


def test_an_unknown_run_cannot_be_cancelled(service: FakeService) -> None:
    with pytest.raises(ConfigurationError, match="there is no run 99"):
        service.cancel_run(MANAGER, 99)
