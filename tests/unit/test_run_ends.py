"""Every end of a run is announced, once, with its state and reason."""

import ast
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.actor import SYSTEM, Actor, Role
from core.errors import ConnectionRejectedError, PermissionMissingError, TransientError
from core.run import RunState, Trigger
from core.usecases.sync_cases import CUT_SHORT_AT_MOST
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.unit.tree import COMPOSITION_ROOT, SERVICE, nodes, sources

ADA = Actor("ada", Role.FIRM_ADMIN, frozenset({"north"}))


class WorkerKilledError(BaseException):
    """Nothing of ours may catch it."""


def ends(service: FakeService) -> list[dict[str, Any]]:
    """Return what was announced of the ends of runs, but for the first one that brought the case."""
    service.jobs_published()
    return [json.loads(row.body)["data"] for row in service.published if row.kind == "sync-finished"]


def succeeded(service: FakeService) -> None:
    service.work()


def refused(service: FakeService) -> None:
    error = PermissionMissingError("may not read cases")
    service.smartadvocate.faults.add("search_cases", Before(error))
    service.work()


def lost_its_connection(service: FakeService) -> None:
    service.smartadvocate.faults.add("search_cases", Before(ConnectionRejectedError("401")))
    service.work()


def was_disconnected_before(service: FakeService) -> None:
    service.desk.disconnect_firm(SYSTEM, "north")
    service.work()


def was_cancelled(service: FakeService) -> None:
    [run] = [run for run in service.store.tables.runs.values() if run.state is RunState.WAITING]
    service.cancel_run(ADA, run.run_id)
    service.cancel_run(ADA, run.run_id)
    service.work()


def was_given_up_after_a_day(service: FakeService) -> None:
    for _ in range(20):
        service.smartadvocate.faults.add("search_cases", Before(TransientError("down")))
        service.later(timedelta(hours=12))


def lost_its_worker_each_time(service: FakeService) -> None:
    for _ in range(CUT_SHORT_AT_MOST):
        service.smartadvocate.faults.add("search_cases", Before(WorkerKilledError()))
        with pytest.raises(WorkerKilledError):
            service.work()
        service.lives("worker").kill()
        service.clock.advance(timedelta(minutes=3))
        service.lives.look()
        service.due_jobs.recover(SYSTEM)
    service.work()


def was_deleted_with_its_firm(service: FakeService) -> None:
    service.desk.disconnect_firm(SYSTEM, "north")
    service.desk.delete_firm(SYSTEM, "north")
    service.work()


@pytest.mark.parametrize(
    ("end", "state", "reason"),
    [
        (succeeded, "finished", None),
        (refused, "failed", "permission_missing"),
        (lost_its_connection, "failed", "reconnect_required"),
        (was_disconnected_before, "failed", "not_connected"),
        (was_cancelled, "cancelled", "cancelled"),
        (was_given_up_after_a_day, "failed", "unavailable"),
        (lost_its_worker_each_time, "failed", "worker_broken"),
        (was_deleted_with_its_firm, "cancelled", "cancelled"),
    ],
)
def test_every_end_of_a_run_is_announced_once_with_its_state_and_reason(
    end: Callable[[FakeService], None], state: str, reason: str | None
) -> None:
    service = FakeService()
    firm = service.with_firm(a_firm(), "300417")
    run, _ = service.start_sync(SYSTEM, firm)
    end(service)
    service.later(timedelta(minutes=5))
    [told] = [told for told in ends(service) if told["run_id"] == run.run_id]
    assert (told["state"], told["reason"], told["trigger"]) == (state, reason, "manual")
    assert (told["detail"] is None) == (state == "finished")


def test_a_run_that_is_not_given_up_goes_on_after_workers_were_killed() -> None:
    service = FakeService()
    firm = service.with_firm(a_firm(), "300417")
    run, _ = service.start_sync(SYSTEM, firm)
    for _ in range(CUT_SHORT_AT_MOST - 1):
        service.smartadvocate.faults.add("search_cases", Before(WorkerKilledError()))
        with pytest.raises(WorkerKilledError):
            service.work()
        service.lives("worker").kill()
        service.clock.advance(timedelta(minutes=3))
        service.lives.look()
        service.due_jobs.recover(SYSTEM)
    service.work()
    stored = service.store.tables.runs[run.run_id]
    assert (stored.state, stored.cut_short) == (RunState.FINISHED, 0)


def test_what_waited_for_a_run_that_failed_starts() -> None:
    service = FakeService()
    firm = service.with_firm(a_firm(), "300417")
    firm = service.store.tables.firms[firm.firm_id]  # its first run has ended, so it looks back thirty days
    service.start_sync(SYSTEM, firm)
    service.start_sync(SYSTEM, firm, Trigger.RESET)
    refused(service)
    service.work()
    assert [told["trigger"] for told in ends(service)][-2:] == ["manual", "reset"]
    assert ends(service)[-1]["state"] == "finished"


def test_a_run_ends_in_one_place_only() -> None:
    """Who ends one elsewhere forgets to announce it."""
    places = {
        path
        for path, tree in sources(*SERVICE, COMPOSITION_ROOT, words=["finish"])
        for node in nodes(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("runs.finish")
    }
    assert places == {"core/usecases/steps/end_run.py"}
