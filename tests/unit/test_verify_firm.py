"""A firm's test cases are tried before it goes live; nothing is imported or announced, ever."""

from dataclasses import replace

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.errors import (
    CaseNotFoundError,
    ConfigurationError,
    NeedsPersonError,
    NotAllowedError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
)
from core.firm import ConnectionState, Firm
from core.permission import Grant, Permission, Right
from core.probe import ProbeKind
from core.verification import CheckName, Verification
from tests.fakes.faults import AfterStoring, Before
from tests.fakes.samples import a_firm, a_plaintiff, a_source_case
from tests.fakes.service import FakeService

ADA = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm()
    for case_id in ("1", "2"):
        service.smartadvocate.put_case("north", a_source_case(case_id))
    return service


def verify(service: FakeService, *ids: str, write: bool = False, firm: Firm | None = None) -> Verification:
    use_case = service.desk.verify_firm
    return use_case(ADA, firm or a_firm(), ids or ("1", "2"), write=write)[1]


def failed(result: Verification) -> dict[str, list[CheckName]]:
    return {
        c.integration_id: [k.name for k in c.checks if not k.passed] for c in result.cases if not c.passed
    }


def probe(service: FakeService) -> dict[Right, Permission]:
    use_case = service.desk.probe_permissions
    return {permission.right: permission for permission in use_case(ADA, a_firm())}


def test_good_cases_pass_every_check_with_every_field_and_its_source(service: FakeService) -> None:
    result = verify(service)
    assert result.passed
    [first, _] = result.cases
    assert [check.name for check in first.checks] == list(CheckName)[:8]
    fields = {field.field: (field.value, field.source) for field in first.fields}
    assert fields["stage"] == ("Treating → Treatment", "SmartAdvocate's caseStatus")
    assert fields["client_phone"][0] == "+12025550143"


@pytest.mark.parametrize("connection", sorted({*ConnectionState} - {ConnectionState.CONNECTED}))
def test_of_a_firm_that_is_not_connected_nothing_is_tried_and_nothing_kept(
    service: FakeService, connection: ConnectionState
) -> None:
    """Seen: two cases that were not found, kept as a verification that had failed."""
    firm = replace(a_firm(), connection=connection)
    for look in (lambda: verify(service, firm=firm), lambda: service.desk.probe_permissions(ADA, firm)):
        with pytest.raises(NeedsPersonError, match="is not connected"):
            look()
    assert service.store.tables.probe_results == {}


@pytest.mark.parametrize("call", ["case_by_id", "notes", "documents"])
def test_a_pause_says_nothing_of_the_cases_and_stores_and_writes_nothing(
    service: FakeService, call: str
) -> None:
    service.smartadvocate.faults.add(call, Before(RateLimitedError("SmartAdvocate asked for a pause")))
    with pytest.raises(RateLimitedError):
        verify(service, write=True)
    assert service.smartadvocate.inserted == []
    assert service.store.tables.probe_results == {}
    assert verify(service).passed


def test_a_pause_met_while_writing_is_told_beside_what_was_found_out(service: FakeService) -> None:
    paused = Before(RateLimitedError("SmartAdvocate asked for a pause"))
    service.smartadvocate.faults.add("upload_document", paused)
    result = verify(service, write=True)
    [check] = [check for case in result.cases for check in case.checks if not check.passed]
    assert (check.name, check.detail) == (
        CheckName.DOCUMENT_WRITTEN,
        "not tried to the end: SmartAdvocate asked for a pause",
    )


def test_nothing_is_imported_or_announced_and_the_result_is_kept(service: FakeService) -> None:
    verify(service, write=True)
    assert service.store.tables.cases == {}
    assert service.announced() == []
    with service.store.unit_of_work() as uow:
        [kept] = uow.reports.probes("north", ProbeKind.VERIFICATION)
        [entry] = uow.audit.list(frozenset({"north"}))
    assert kept.passed
    assert kept.document["wrote"] is True
    assert (entry.action, entry.detail["result"]) == ("firm-verified", kept.number)


@pytest.mark.parametrize("ids", [("1",), ("1", "1"), ("1", "2", "3", "4", "5", "6")])
def test_it_takes_two_to_five_different_cases(service: FakeService, ids: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="2 to 5 different test cases"):
        verify(service, *ids)


def test_what_is_wrong_with_a_case_fails_by_name_and_the_others_go_on(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("3", status="Waiting", staff=()))
    service.smartadvocate.put_case("north", a_source_case("4", plaintiffs=(a_plaintiff(phones=()),)))
    result = verify(service, "1", "3", "4", "99")
    assert failed(result) == {
        "3": [CheckName.FIELDS, CheckName.STAGE, CheckName.IMPORT],
        "4": [CheckName.CLIENT, CheckName.FIELDS, CheckName.IMPORT],
        "99": [CheckName.FOUND],
    }
    assert not result.passed


def test_a_case_that_is_here_says_what_would_change(service: FakeService) -> None:
    service.start_sync(SYSTEM, a_firm())
    service.work()
    service.smartadvocate.change_case("north", "1", status="Demand")
    [check] = [c for c in verify(service).cases[0].checks if c.name is CheckName.IMPORT]
    assert check.detail == "it is here already; would change: stage"


def test_a_test_note_and_document_are_written_once_and_read_back(service: FakeService) -> None:
    assert verify(service, write=True).passed
    assert len(service.smartadvocate.inserted) == 2
    [(_, _, draft), _] = service.smartadvocate.inserted
    assert draft.subject != "Case Status Message"


def test_a_lost_answer_is_looked_up_and_never_written_again(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", AfterStoring())
    service.smartadvocate.faults.add("upload_document", AfterStoring())
    assert verify(service, write=True).passed
    assert service.smartadvocate.calls["insert_note"] == 2
    assert service.smartadvocate.calls["upload_document"] == 2


def test_a_refused_write_fails_with_the_reason(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", Before(PermissionMissingError("may not insert notes")))
    service.smartadvocate.faults.add("upload_document", Before(RejectedBySmartAdvocateError("refused")))
    result = verify(service, write=True)
    assert failed(result) == {"1": [CheckName.NOTE_WRITTEN, CheckName.DOCUMENT_WRITTEN]}


def test_a_firms_administrator_verifies_the_own_firm_only(service: FakeService) -> None:
    use_case = service.desk.verify_firm
    with pytest.raises(NotAllowedError):
        use_case(Actor("eve", Role.FIRM_ADMIN, frozenset({"south"})), a_firm(), ["1", "2"])


def test_nothing_personal_shows_in_what_is_logged(service: FakeService) -> None:
    assert "Okafor" not in repr(verify(service))


def test_every_read_is_tried_and_writes_are_untried_at_first(service: FakeService) -> None:
    told = probe(service)
    assert {right: permission.grant for right, permission in told.items()} == {
        Right.READ_CASES: Grant.GRANTED,
        Right.READ_CONTACTS: Grant.GRANTED,
        Right.READ_STATUSES: Grant.GRANTED,
        Right.READ_NOTES: Grant.GRANTED,
        Right.READ_DOCUMENTS: Grant.GRANTED,
        Right.INSERT_NOTE: Grant.UNTRIED,
        Right.UPLOAD_DOCUMENT: Grant.UNTRIED,
    }
    assert service.smartadvocate.calls["insert_note"] == 0


def test_a_missing_right_says_what_to_ask_for_and_is_an_issue_until_granted(
    service: FakeService,
) -> None:
    service.smartadvocate.faults.add("notes", Before(PermissionMissingError("403")))
    told = probe(service)[Right.READ_NOTES]
    assert told.grant is Grant.MISSING
    assert told.ask_for.startswith("grant the connected account the right to read notes, to make sure")
    with service.store.unit_of_work() as uow:
        [issue] = uow.issues.list_open(frozenset({"north"}))
    assert (issue.kind, issue.key) == ("account_right_missing", "read notes")
    probe(service)
    with service.store.unit_of_work() as uow:
        assert uow.issues.list_open(frozenset({"north"})) == []


def test_contacts_that_are_left_out_are_a_missing_right(service: FakeService) -> None:
    for case_id in ("1", "2"):
        bare = (a_plaintiff(phones=(), email=None),)
        service.smartadvocate.put_case("north", a_source_case(case_id, plaintiffs=bare))
    assert probe(service)[Right.READ_CONTACTS].grant is Grant.MISSING


def test_an_account_that_sees_no_case_leaves_the_rest_untried(service: FakeService) -> None:
    service.smartadvocate.hidden |= {("north", "1"), ("north", "2")}
    told = probe(service)
    assert told[Right.READ_CASES].detail == "0 cases on the first page"
    assert told[Right.READ_NOTES].grant is Grant.UNTRIED


def test_a_case_that_vanishes_meanwhile_counts_as_hidden(service: FakeService) -> None:
    service.smartadvocate.faults.add("documents", Before(CaseNotFoundError("404")))
    assert probe(service)[Right.READ_DOCUMENTS].grant is Grant.MISSING


def test_writes_are_told_from_a_verification_and_from_deliveries(service: FakeService) -> None:
    verify(service, write=True)
    told = probe(service)
    assert (told[Right.INSERT_NOTE].grant, told[Right.UPLOAD_DOCUMENT].grant) == (
        Grant.GRANTED,
        Grant.GRANTED,
    )
    service.start_sync(SYSTEM, a_firm())
    service.work()
    service.smartadvocate.faults.add("insert_note", Before(PermissionMissingError("403")))
    service.send("m-1", case_integration_id="1")
    service.work()
    assert probe(service)[Right.INSERT_NOTE].grant is Grant.MISSING
