"""Types of notes by name: a name that is not there loses and blocks nothing."""

from datetime import timedelta
from typing import Any

import pytest

from adapters.smartadvocate.wire_notes import write_note
from core.actor import SYSTEM
from core.errors import PermissionMissingError, TransientError
from core.firm import Firm
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService

TYPES = {"Incoming Message": "56", "Outgoing Message": "57", "Plaintiff": "52"}


def service_with(**settings: Any) -> tuple[FakeService, Firm]:
    service = FakeService()
    service.smartadvocate.note_types = dict(TYPES)
    return service, service.with_firm(a_firm(**settings), "300417")


def types_of_notes(service: FakeService) -> list[str | None]:
    return [draft.type_id for _, _, draft in service.smartadvocate.inserted]


def issues(service: FakeService) -> list[tuple[str, str, int]]:
    return [(i.kind, i.key, i.times) for i in service.store.tables.issues.values()]


def test_each_direction_has_the_type_that_the_firm_named() -> None:
    service, _ = service_with(inbound_note_type="Incoming Message", outbound_note_type="Outgoing Message")
    service.send("m-1")
    service.send("m-2", minute=1, direction="outbound", sender_role="staff")
    service.work()
    assert types_of_notes(service) == ["56", "57"]
    assert issues(service) == []


def test_without_setting_nothing_is_looked_up_and_no_type_is_sent() -> None:
    service, _ = service_with()
    service.send("m-1")
    service.work()
    assert types_of_notes(service) == [None]
    assert service.smartadvocate.calls["note_type"] == 0


def test_a_name_that_is_not_there_goes_without_type_and_one_issue_that_resolves_itself() -> None:
    service, _ = service_with(inbound_note_type="Incoming message")  # the case differs
    for n in range(5):
        service.send(f"m-{n}", minute=n)
    service.work()
    assert types_of_notes(service) == [None] * 5
    [issue] = service.store.tables.issues.values()
    assert (issue.kind, issue.key, issue.times) == ("note_type_unknown", "inbound_note_type", 1)
    assert "'Incoming message'" in issue.message
    assert "Incoming Message, Outgoing Message, Plaintiff" in issue.message
    service.smartadvocate.note_types["Incoming message"] = "70"
    service.send("m-9", minute=9)
    service.work()
    assert types_of_notes(service)[-1] == "70"
    assert issues(service) == []


def test_a_changed_setting_closes_the_issue_until_it_fails_again() -> None:
    service, firm = service_with(inbound_note_type="Nobody's")
    service.send("m-1")
    service.work()
    assert len(issues(service)) == 1
    service.add_firm(SYSTEM, firm)
    assert issues(service) == []


def test_the_type_that_goes_to_the_client_is_never_that_of_a_message_while_two_way_is_on() -> None:
    service, _ = service_with(inbound_note_type="Plaintiff", two_way=True)
    service.send("m-1")
    service.work()
    assert types_of_notes(service) == [None]
    assert issues(service) == [("note_type_unknown", "inbound_note_type", 1)]


def test_an_account_that_may_not_read_types_still_delivers() -> None:
    service, _ = service_with(inbound_note_type="Incoming Message")
    service.smartadvocate.faults.add("note_type", Before(PermissionMissingError("not allowed")))
    service.send("m-1")
    service.work()
    assert types_of_notes(service) == [None]


def test_a_server_that_is_busy_is_waited_for_with_nothing_written() -> None:
    service, _ = service_with(inbound_note_type="Incoming Message")
    service.smartadvocate.faults.add("note_type", Before(TransientError("busy")))
    service.send("m-1")
    service.work()
    assert types_of_notes(service) == []
    service.later(timedelta(seconds=30))
    assert types_of_notes(service) == ["56"]


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_no_note_of_ours_is_shared(direction: str) -> None:
    service, _ = service_with(inbound_note_type="Incoming Message", outbound_note_type="Outgoing Message")
    service.send("m-1", direction=direction)
    service.work()
    [(_, _, draft)] = service.smartadvocate.inserted
    body = write_note(draft)
    assert (body["isSharedinCP"], body["isSharedWithAll"]) == (False, False)
