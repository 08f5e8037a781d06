"""One case is imported by its id, and never doubled."""

import json

import pytest

from adapters.cli.words import sentence
from core.actor import SYSTEM
from core.case import Outcome, SkipReason
from core.errors import CaseNotFoundError, ConnectionRejectedError
from core.firm import ConnectionState
from core.run import RunState, Trigger
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm()
    service.smartadvocate.put_case("north", a_source_case("300417"))
    return service


def test_a_case_shows_its_number_and_client_before_anything_is_stored(service: FakeService) -> None:
    found = service.import_case.find(SYSTEM, a_firm(), "300417")
    assert (found.number, found.client, found.is_known) == ("24300417", "Ruth Okafor", False)
    assert "Okafor" not in repr(found)
    assert service.store.tables.cases == {}


def test_it_is_imported_announced_and_has_a_run_of_its_own(service: FakeService) -> None:
    assert service.import_case(SYSTEM, a_firm(), "300417").outcome is Outcome.CREATED
    assert service.announced() == ["case-imported", "sync-finished"]
    ended = json.loads(service.published[-1].body)["data"]
    assert (ended["trigger"], ended["state"], ended["counts"]) == ("single", "finished", {"created": 1})
    with service.store.unit_of_work() as uow:
        [run] = uow.runs.list(frozenset({"north"}))
        assert (run.trigger, run.state) == (Trigger.SINGLE, RunState.FINISHED)
        assert [result.integration_id for result in uow.runs.results(run.run_id)] == ["300417"]


def test_a_second_import_updates_and_doubles_nothing(service: FakeService) -> None:
    service.import_case(SYSTEM, a_firm(), "300417")
    assert service.import_case(SYSTEM, a_firm(), "300417").outcome is Outcome.UNCHANGED
    service.smartadvocate.change_case("north", "300417", status="Demand")
    found = service.import_case.find(SYSTEM, a_firm(), "300417")
    assert found.is_known
    assert service.import_case(SYSTEM, a_firm(), "300417", found).changed == ("stage",)
    told = [kind for kind in service.announced() if kind != "sync-finished"]
    assert told == ["case-imported", "stage-changed"]


def test_it_runs_beside_a_sync_that_is_under_way(service: FakeService) -> None:
    service.start_sync(SYSTEM, a_firm())
    assert service.import_case(SYSTEM, a_firm(), "300417").outcome is Outcome.CREATED
    service.work()
    assert service.announced().count("case-imported") == 1


def test_messages_that_waited_for_the_case_are_delivered(service: FakeService) -> None:
    service.send("m-1")
    service.import_case(SYSTEM, a_firm(), "300417")
    service.work()
    assert len(service.smartadvocate.marks("north", "300417")) == 1


def test_a_case_that_cannot_be_imported_says_why_and_is_remembered(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("7", staff=()))
    result = service.import_case(SYSTEM, a_firm(), "7")
    assert (result.outcome, result.skip) == (Outcome.SKIPPED, SkipReason.NO_LEAD_ATTORNEY)
    with service.store.unit_of_work() as uow:
        assert [problem.integration_id for problem in uow.problems.list("north")] == ["7"]


def test_an_unknown_id_is_an_error_and_stores_nothing(service: FakeService) -> None:
    with pytest.raises(CaseNotFoundError):
        service.import_case(SYSTEM, a_firm(), "1")
    assert service.store.tables.runs == {}


def test_a_firm_that_is_not_connected_is_told_to_connect(service: FakeService) -> None:
    with pytest.raises(ConnectionRejectedError, match="firm 'north' is not connected") as raised:
        service.import_case(SYSTEM, a_firm(connection=ConnectionState.NOT_CONNECTED), "300417")
    assert "Connect it: casebridge connect north" in sentence(raised.value)
