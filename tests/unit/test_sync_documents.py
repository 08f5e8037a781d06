"""Documents become case documents: each exactly once, and what cannot be done waits with its reason."""

from datetime import timedelta
from typing import Any

import pytest

from core.delivery import DeliveryState
from core.document import DEFAULT_CATEGORY
from core.errors import (
    AnswerLostError,
    ContentExpiredError,
    ContentRefusedError,
    RejectedBySmartAdvocateError,
    TransientError,
)
from core.issue import IssueKind
from core.reason import Reason
from core.usecases.receive_events import Receipt
from tests.fakes.faults import AfterStoring, Before, StoredLate
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService

URL = "https://files.case-status.test/"


@pytest.fixture
def service() -> FakeService:
    made = FakeService()
    made.with_firm(None, "300417")
    return made


def state(service: FakeService, document_id: str = "d-1") -> tuple[DeliveryState, str | None]:
    [row] = [row for row in service.store.deliveries() if row.subject_id == document_id]
    return row.state, row.reason


def test_a_document_is_in_the_right_case_byte_for_byte_and_announced(service: FakeService) -> None:
    service.upload("d-1", b"%PDF " + bytes(200_000), file_name="..\\договор.docx")
    service.twenty_minutes_later()
    [stored] = service.smartadvocate.uploaded
    assert (stored.firm_id, stored.integration_id) == ("north", "300417")
    assert stored.content == b"%PDF " + bytes(200_000)
    assert stored.draft.file_name == "договор.docx"
    assert stored.draft.category_id == service.smartadvocate.categories[DEFAULT_CATEGORY]
    assert state(service) == (DeliveryState.DELIVERED, None)
    assert "document-synced" in service.announced()


def test_documents_of_one_name_get_names_of_their_own(service: FakeService) -> None:
    service.smartadvocate.put_document("north", "300417", "SCAN.pdf")
    for n in range(3):
        service.upload(f"d-{n}", file_name="scan.pdf")
    service.twenty_minutes_later()
    names = {stored.draft.file_name for stored in service.smartadvocate.uploaded}
    assert len(names) == 3
    assert "scan.pdf" not in names
    assert all(name.startswith("scan (") and name.endswith(").pdf") for name in names)


def test_an_empty_document_is_a_document(service: FakeService) -> None:
    service.upload("d-1", b"")
    service.twenty_minutes_later()
    assert [stored.content for stored in service.smartadvocate.uploaded] == [b""]


@pytest.mark.parametrize(
    "fault", [AfterStoring(), StoredLate(reads=1), StoredLate(reads=2), AfterStoring(ValueError("a bug"))]
)
def test_after_a_lost_answer_the_documents_are_read_and_adopted(service: FakeService, fault: Any) -> None:
    service.smartadvocate.faults.add("upload_document", fault)
    service.upload("d-1")
    for _ in range(4):
        service.later(timedelta(minutes=1))
    assert len(service.smartadvocate.uploaded) == 1
    assert state(service)[0] is DeliveryState.DELIVERED


def test_a_lost_answer_to_nothing_is_repeated_only_after_a_look(service: FakeService) -> None:
    service.smartadvocate.faults.add("upload_document", Before(AnswerLostError("gone")))
    service.upload("d-1")
    service.later(timedelta(seconds=5))
    assert state(service)[0] is DeliveryState.UNKNOWN
    assert not service.smartadvocate.uploaded
    for _ in range(3):
        service.later(timedelta(minutes=1))
    assert len(service.smartadvocate.uploaded) == 1


def test_a_document_that_is_there_already_is_not_uploaded_again(service: FakeService) -> None:
    """Even where nobody knew of a doubt: the case's documents are read before every upload."""
    from core.document import DocumentUploaded
    from tests.fakes.samples import document_data

    mark = DocumentUploaded.from_data(document_data("d-1")).mark
    service.smartadvocate.put_document("north", "300417", "scan.pdf", f"Reference: {mark}")
    service.upload("d-1")
    service.twenty_minutes_later()
    assert not service.smartadvocate.uploaded
    assert state(service)[0] is DeliveryState.DELIVERED


def test_an_expired_address_is_asked_for_once_and_a_fresh_one_lets_the_document_go(
    service: FakeService,
) -> None:
    service.contents.errors[URL + "d-1"] = ContentExpiredError("no longer good")
    service.upload("d-1", b"content")
    for _ in range(3):
        service.twenty_minutes_later()
    assert state(service) == (DeliveryState.HELD, "document_url_expired")
    assert service.announced().count("document-url-expired") == 1
    assert service.contents.opened == 1
    fresh = service.upload("d-1", b"content", content_url=URL + "fresh")
    assert fresh.receipt is Receipt.REPEATED
    service.later(timedelta(seconds=5))
    assert [stored.content for stored in service.smartadvocate.uploaded] == [b"content"]
    assert service.announced().count("document-url-expired") == 1


def test_an_old_event_that_comes_again_does_not_bring_the_old_address_back(service: FakeService) -> None:
    service.contents.errors[URL + "d-1"] = ContentExpiredError("no longer good")
    service.upload("d-1", b"content")
    service.later(timedelta(seconds=5))
    service.upload("d-1", b"content")
    service.later(timedelta(seconds=5))
    assert state(service) == (DeliveryState.HELD, "document_url_expired")
    service.upload("d-1", b"content", content_url=URL + "fresh")
    service.upload("d-1", b"content")
    service.later(timedelta(seconds=5))
    assert len(service.smartadvocate.uploaded) == 1
    assert service.announced().count("document-url-expired") == 1


def test_an_address_that_is_replaced_while_it_is_found_expired_is_not_waited_for(
    service: FakeService,
) -> None:
    old = URL + "d-1"

    def in_the_meantime(method: str) -> None:
        if method == "documents" and not service.contents.opened:
            service.smartadvocate.during = None
            service.upload("d-1", b"content", content_url=URL + "fresh")

    service.smartadvocate.during = in_the_meantime
    service.contents.errors[old] = ContentExpiredError("no longer good")
    service.upload("d-1", b"content")
    service.later(timedelta(seconds=5))
    service.later(timedelta(seconds=5))
    assert len(service.smartadvocate.uploaded) == 1


def test_other_content_under_the_same_id_is_still_a_contradiction(service: FakeService) -> None:
    service.upload("d-1", b"content")
    assert service.upload("d-1", b"other").receipt is Receipt.CONTRADICTS
    [row] = service.store.deliveries()
    assert row.data["size"] == len(b"content")


@pytest.mark.parametrize("wrong", [{"size": 6}, {"size": 8}, {"sha256": "0" * 64}])
def test_content_that_is_not_what_the_event_says_is_never_stored(
    service: FakeService, wrong: dict[str, Any]
) -> None:
    service.upload("d-1", b"content", **wrong)
    service.twenty_minutes_later()
    assert not service.smartadvocate.uploaded
    assert service.smartadvocate.broken_off == 1
    assert state(service) == (DeliveryState.FAILED, "content_mismatch")
    assert "delivery-failed" in service.announced()


def test_content_that_breaks_off_is_fetched_again(service: FakeService) -> None:
    service.contents.breaks[URL + "d-1"] = TransientError("broke off", reason=Reason.CONTENT_UNAVAILABLE)
    service.upload("d-1", bytes(200_000))
    service.later(timedelta(seconds=5))
    assert state(service) == (DeliveryState.RETRYING, "content_unavailable")
    service.contents.breaks.clear()
    service.later(timedelta(minutes=1))
    assert [len(stored.content) for stored in service.smartadvocate.uploaded] == [200_000]


def test_a_file_that_is_too_large_fails_with_its_size(service: FakeService) -> None:
    service.smartadvocate.size_limit = 1_000
    service.upload("d-1", bytes(1_001))
    service.twenty_minutes_later()
    [row] = service.store.deliveries()
    assert (row.state, row.reason) == (DeliveryState.FAILED, "document_too_large")
    assert "1,001" in (row.detail or "")


def test_a_host_that_is_not_allowed_holds_the_document(service: FakeService) -> None:
    service.contents.errors[URL + "d-1"] = ContentRefusedError("the host is not allowed")
    service.upload("d-1")
    service.twenty_minutes_later()
    assert state(service) == (DeliveryState.HELD, "content_host_not_allowed")


def test_documents_of_a_host_that_is_allowed_later_go_by_themselves(service: FakeService) -> None:
    for n in range(3):
        service.contents.errors[URL + f"d-{n}"] = ContentRefusedError("the host is not allowed")
        service.upload(f"d-{n}")
    service.twenty_minutes_later()
    assert not service.smartadvocate.uploaded
    service.contents.errors.clear()
    for _ in range(3):
        service.later(timedelta(minutes=5))
    assert len(service.smartadvocate.uploaded) == 3


def test_a_refused_document_fails_and_does_not_hold_back_the_next(service: FakeService) -> None:
    service.smartadvocate.faults.add("upload_document", Before(RejectedBySmartAdvocateError("no")))
    service.upload("d-1")
    service.upload("d-2")
    service.twenty_minutes_later()
    assert state(service, "d-1")[0] is DeliveryState.FAILED
    assert state(service, "d-2")[0] is DeliveryState.DELIVERED


def test_a_category_that_is_not_there_is_left_out_and_told_until_it_is(service: FakeService) -> None:
    del service.smartadvocate.categories[DEFAULT_CATEGORY]
    service.upload("d-1")
    service.twenty_minutes_later()
    assert [stored.draft.category_id for stored in service.smartadvocate.uploaded] == [None]
    assert [issue.kind for issue in issues(service)] == [IssueKind.DOCUMENT_CATEGORY_UNKNOWN]
    service.smartadvocate.categories[DEFAULT_CATEGORY] = "301"
    service.upload("d-2")
    service.twenty_minutes_later()
    assert service.smartadvocate.uploaded[1].draft.category_id == "301"
    assert not issues(service)


def test_the_category_is_the_firms_own() -> None:
    service = FakeService()
    service.with_firm(a_firm(document_category="Portal"), "300417")
    service.smartadvocate.categories["Portal"] = "999"
    service.upload("d-1")
    service.twenty_minutes_later()
    assert [stored.draft.category_id for stored in service.smartadvocate.uploaded] == ["999"]


def test_a_document_for_a_case_that_is_not_imported_waits_for_it() -> None:
    service = FakeService()
    firm = service.with_firm(a_firm())
    service.upload("d-1")
    service.twenty_minutes_later()
    assert state(service) == (DeliveryState.HELD, "case_not_imported")
    service.with_firm(firm, "300417")
    service.twenty_minutes_later()
    assert len(service.smartadvocate.uploaded) == 1


def test_a_mismatch_is_told_without_names(service: FakeService) -> None:
    service.upload("d-1", b"content", size=3, file_name="Ruth Okafor.pdf")
    service.twenty_minutes_later()
    assert all("Okafor" not in issue.message for issue in issues(service))


def issues(service: FakeService) -> Any:
    with service.store.unit_of_work() as uow:
        return uow.issues.list_open(frozenset({"north"}))
