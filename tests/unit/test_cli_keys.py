"""Keys are rotated when all processes know the new one; one that does not holds what it should deliver."""

from datetime import timedelta

import pytest

from adapters.cli.words import WORDS
from core.actor import SYSTEM
from core.credentials import PasswordCredentials
from core.delivery import DeliveryState
from core.errors import TransientError
from core.issue import IssueKind
from core.reason import Reason
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.unit.cli_shell import Shell

LACKS = TransientError("encrypted with key 'k2'", reason=Reason.ENCRYPTION_KEY_MISSING)


def with_two_secrets() -> Shell:
    shell = Shell()
    connections = shell.service.connections
    connections.key = "old"
    for firm_id in ("north", "south"):
        connections.put(firm_id, "https://sa.firm.test/", PasswordCredentials("u", "p"))
    connections.key = "new"
    return shell


def test_rotating_says_which_processes_must_know_the_key_and_asks() -> None:
    shell = with_two_secrets()
    before = shell.service.keys.counts()
    shell("keys", "rotate", code=2, answer="n\n")
    assert "2 secrets go under the key 'new'" in shell.wrong
    assert "every casebridge work, web and run" in shell.wrong
    assert "nothing was rotated" in shell.wrong
    shell("keys", "rotate", "--json", code=2, answer="")
    assert "say --yes" in shell.wrong
    assert shell.service.keys.counts() == before
    assert shell.json("audit", "list") == []
    assert "2 secrets are encrypted anew, none is left" in shell("keys", "rotate", answer="y\n")


def test_scripts_say_yes_and_nobody_is_asked_where_nothing_would_be_encrypted() -> None:
    shell = with_two_secrets()
    assert shell.json("keys", "rotate", "--yes") == {"rotated": 2, "left": 0, "problems": []}
    assert shell.json("keys", "rotate")["rotated"] == 0
    assert "secrets go under" not in shell.wrong


def test_nothing_is_rotated_while_a_process_is_seen_that_does_not_know_the_key() -> None:
    shell = with_two_secrets()
    shell.service.keys.strangers = ["a process at 10.0.0.7, 3 connections"]
    shell("keys", "rotate", "--yes", code=2)
    assert "is not known to a process at 10.0.0.7, 3 connections. Start them anew" in shell.wrong
    assert shell.json("keys", "rotate", "--yes", "--anyway")["rotated"] == 2
    assert shell.json("keys", "rotate", "--yes")["rotated"] == 0  # nothing is under another key any more


@pytest.mark.parametrize("kind", ["message", "document"])
def test_what_needs_the_key_is_held_with_that_reason_and_flows_when_it_is_there(kind: str) -> None:
    service = FakeService()
    service.with_firm(a_firm(), "300417")
    call = "insert_note" if kind == "message" else "upload_document"
    service.smartadvocate.faults.add(call, Before(LACKS))
    if kind == "message":
        service.send("m-1")
        service.work()
    else:
        service.upload("d-1")
        service.twenty_minutes_later()
    [row] = service.store.deliveries()
    assert (row.state, row.reason) == (DeliveryState.HELD, Reason.ENCRYPTION_KEY_MISSING)
    with service.units_of_work(SYSTEM) as uow:
        [issue] = uow.issues.list_open(frozenset({"north"}))
    assert (issue.kind, issue.key) == (IssueKind.DELIVERY_HELD, Reason.ENCRYPTION_KEY_MISSING)
    assert "CASEBRIDGE_SECRET_KEYS" in WORDS[Reason(issue.key)].next_step
    service.later(timedelta(minutes=6))
    service.later(timedelta(minutes=20))
    assert [row.state for row in service.store.deliveries()] == [DeliveryState.DELIVERED]
    with service.units_of_work(SYSTEM) as uow:
        assert uow.issues.list_open(frozenset({"north"})) == []


def test_connecting_anew_ends_the_hold_at_once() -> None:
    service = FakeService()
    firm = service.with_firm(a_firm(), "300417")
    service.smartadvocate.faults.add("insert_note", Before(LACKS))
    service.send("m-1")
    service.work()
    service.connect(SYSTEM, firm, PasswordCredentials("u", "p"))
    service.work()
    assert [row.state for row in service.store.deliveries()] == [DeliveryState.DELIVERED]


def test_a_run_rests_instead_of_failing_while_a_worker_lacks_the_key() -> None:
    service = FakeService()
    firm = service.with_firm(a_firm(), "300417")
    run, _ = service.start_sync(SYSTEM, firm)
    service.smartadvocate.faults.add("search_cases", Before(LACKS))
    service.work()
    resting = service.desk.runs.view(SYSTEM, run.run_id).run
    assert (resting.state.value, resting.reason) == ("waiting", Reason.ENCRYPTION_KEY_MISSING)
    service.later(timedelta(minutes=5))
    assert service.desk.runs.view(SYSTEM, run.run_id).run.state.value == "finished"
