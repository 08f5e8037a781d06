"""What a case management system promises of documents (`core.ports.case_management.CaseManagement`)."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.clearance import Clearance
from core.document import DocumentDraft, DocumentUploaded, compose_document, find_document
from core.errors import (
    AnswerLostError,
    CaseNotFoundError,
    ConnectionRejectedError,
    ContentMismatchError,
    DocumentTooLargeError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
)
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.contract.smartadvocates import CASES, FILE_LIMIT, PAUSE, InMemory, Subject, Trouble, over_http
from tests.fakes.samples import a_document

Opener = Callable[[], AbstractContextManager[Iterator[bytes]]]
PIECE = 50_000


@pytest.fixture(scope="module")
def sandbox_firms() -> Iterator[tuple[SandboxServer, Iterator[int]]]:
    options = SandboxOptions(
        firms=60,
        cases=CASES,
        as_of=datetime(2026, 11, 20, tzinfo=UTC),
        upload_limit_bytes=FILE_LIMIT,
    )
    with SandboxServer(options) as server:
        yield server, count(1)


@pytest.fixture(params=["in memory", "over http"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "in memory":
        yield InMemory()
        return
    server, numbers = request.getfixturevalue("sandbox_firms")
    with over_http(server, f"firm{next(numbers)}") as real:
        yield real


def a_draft(document_id: str = "d-1", size: int = 7, **changes: Any) -> DocumentDraft:
    content = a_document(document_id, size=size, **changes).content
    assert isinstance(content, DocumentUploaded)
    return compose_document(content, ZoneInfo("UTC"))


def pieces_of(whole: bytes, error: Exception | None = None) -> Opener:
    """Content that can be opened anew, in pieces; with `error` the last one never comes."""

    def pieces() -> Iterator[bytes]:
        parts = [whole[i : i + PIECE] for i in range(0, len(whole), PIECE)]
        yield from parts[:-1]
        if error:
            raise error
        yield from parts[-1:]

    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield pieces()

    return opened


def upload(subject: Subject, case_id: str, whole: bytes = b"content", **changes: Any) -> str:
    draft = a_draft(size=len(whole), **changes)
    return subject.client.upload_document(subject.firm, case_id, draft, pieces_of(whole))


CALLS: dict[str, Callable[[Subject, str], object]] = {
    "documents": lambda subject, case_id: subject.client.documents(subject.firm, case_id),
    "upload_document": upload,
}
each_method = pytest.mark.parametrize("method", list(CALLS))


def test_an_upload_is_among_the_documents_under_the_id_that_was_returned(subject: Subject) -> None:
    case_id, other = subject.ids()[:2]
    whole = bytes(range(256)) * 2_000 + b"\r\n--casebridge\r\n"
    ids = [
        upload(subject, case_id, whole, document_id=f"d-{n}", file_name=name)
        for n, name in enumerate(['Ärzte "A".pdf', "請求書.pdf"])
    ]
    documents = subject.client.documents(subject.firm, case_id)
    found = [find_document(documents, a_draft(f"d-{n}").mark) for n in range(2)]
    assert [document.document_id if document else None for document in found] == ids
    assert len(set(ids)) == 2
    sha256 = hashlib.sha256(whole).hexdigest()
    assert subject.uploaded(case_id) == [
        ("Ärzte _A_.pdf", a_draft("d-0").mark, sha256),
        ("請求書.pdf", a_draft("d-1").mark, sha256),
    ]
    assert find_document(subject.client.documents(subject.firm, other), a_draft("d-0").mark) is None


def test_an_empty_document_is_stored(subject: Subject) -> None:
    case_id = subject.ids()[0]
    upload(subject, case_id, b"")
    [(_, _, sha256)] = subject.uploaded(case_id)
    assert sha256 == hashlib.sha256(b"").hexdigest()


def test_a_case_without_documents_has_none(subject: Subject) -> None:
    assert list(subject.client.documents(subject.firm, subject.ids()[1])) == []


def test_the_same_document_uploaded_twice_is_there_twice(subject: Subject) -> None:
    """There is no idempotency key: whoever repeats, doubles."""
    case_id = subject.ids()[0]
    for _ in range(2):
        upload(subject, case_id)
    assert len(subject.uploaded(case_id)) == 2


@pytest.mark.parametrize(
    "error", [ContentMismatchError("another hash"), TransientError("broke off"), OSError("no route")]
)
def test_what_the_content_raises_comes_out_and_nothing_is_stored(subject: Subject, error: Exception) -> None:
    case_id = subject.ids()[0]
    whole = bytes(300_000)
    draft = a_draft(size=len(whole))
    with pytest.raises(type(error)) as caught:
        subject.client.upload_document(subject.firm, case_id, draft, pieces_of(whole, error))
    assert caught.value is error
    upload(subject, case_id, document_id="d-2")  # a later one is none the worse for it
    assert [mark for _, mark, _ in subject.uploaded(case_id)] == [a_draft("d-2").mark]


@pytest.mark.parametrize("size", [6, 8])
def test_content_of_another_length_is_never_stored(subject: Subject, size: int) -> None:
    case_id = subject.ids()[0]
    draft = a_draft(size=size)
    with pytest.raises((ContentMismatchError, TransientError)):
        subject.client.upload_document(subject.firm, case_id, draft, pieces_of(b"content"))
    assert subject.uploaded(case_id) == []


def test_after_its_time_limit_an_upload_is_not_begun(subject: Subject) -> None:
    case_id = subject.ids()[0]
    with pytest.raises(TransientError):
        subject.client.upload_document(
            subject.firm,
            case_id,
            a_draft(),
            pieces_of(b"content"),
            clearance=Clearance(datetime(2000, 1, 1, tzinfo=UTC), lambda: True),
        )
    assert subject.uploaded(case_id) == []


def test_a_file_over_the_limit_is_refused_with_its_size(subject: Subject) -> None:
    case_id, limit = subject.ids()[0], subject.limit_files()
    for size in (limit + 1, 3 * limit):  # read and refused, and refused unread
        with pytest.raises(DocumentTooLargeError) as caught:
            upload(subject, case_id, bytes(size))
        assert f"{size:,}" in str(caught.value)
    upload(subject, case_id, bytes(limit))
    assert len(subject.uploaded(case_id)) == 1


@pytest.mark.parametrize("trouble", [Trouble.LOST_AFTER_STORING, Trouble.EMPTY_AFTER_STORING])
def test_an_upload_whose_answer_is_lost_says_so_and_is_not_repeated(
    subject: Subject, trouble: Trouble
) -> None:
    case_id = subject.ids()[0]
    subject.trouble("upload_document", trouble)
    with pytest.raises(AnswerLostError):
        upload(subject, case_id)
    assert len(subject.uploaded(case_id)) == 1
    assert find_document(subject.client.documents(subject.firm, case_id), a_draft().mark) is not None


def test_an_upload_that_meets_a_server_error_is_in_doubt(subject: Subject) -> None:
    subject.trouble("upload_document", Trouble.UNAVAILABLE)
    with pytest.raises(AnswerLostError):
        upload(subject, subject.ids()[0])


def test_a_refused_upload_stores_nothing(subject: Subject) -> None:
    case_id = subject.ids()[0]
    subject.trouble("upload_document", Trouble.REFUSED_CONTENT)
    with pytest.raises(RejectedBySmartAdvocateError):
        upload(subject, case_id)
    assert subject.uploaded(case_id) == []


@each_method
@pytest.mark.parametrize("case_id", ["987654321", "../users", ""])
def test_an_unknown_case_is_not_found(subject: Subject, method: str, case_id: str) -> None:
    with pytest.raises(CaseNotFoundError):
        CALLS[method](subject, case_id)


@each_method
def test_a_case_that_the_account_may_not_see_is_not_found(subject: Subject, method: str) -> None:
    case_id = subject.ids()[0]
    subject.hide(case_id)
    with pytest.raises(CaseNotFoundError):
        CALLS[method](subject, case_id)


@each_method
def test_a_missing_permission_is_told_and_nothing_is_stored(subject: Subject, method: str) -> None:
    case_id = subject.ids()[0]
    subject.trouble(method, Trouble.FORBIDDEN)
    with pytest.raises(PermissionMissingError):
        CALLS[method](subject, case_id)
    assert subject.uploaded(case_id) == []


@each_method
def test_a_server_that_asks_for_a_pause_is_told_with_its_length(subject: Subject, method: str) -> None:
    case_id = subject.ids()[0]
    subject.trouble(method, Trouble.TOO_MANY_REQUESTS)
    with pytest.raises(RateLimitedError) as caught:
        CALLS[method](subject, case_id)
    assert caught.value.retry_after == PAUSE
    assert subject.uploaded(case_id) == []
    CALLS[method](subject, case_id)


@each_method
def test_a_refused_log_in_is_told_and_nothing_is_stored(subject: Subject, method: str) -> None:
    case_id = subject.ids()[0]
    subject.reject_log_ins()
    with pytest.raises(ConnectionRejectedError):
        CALLS[method](subject, case_id)
    assert subject.uploaded(case_id) == []


def test_a_busy_server_is_a_transient_error_of_the_list(subject: Subject) -> None:
    subject.trouble("documents", Trouble.UNAVAILABLE)
    with pytest.raises(TransientError):
        subject.client.documents(subject.firm, subject.ids()[0])


def test_a_category_is_found_by_its_exact_name_only(subject: Subject) -> None:
    assert subject.client.document_category(subject.firm, "Case Status") is not None
    assert subject.client.document_category(subject.firm, "case status") is None
    assert subject.client.document_category(subject.firm, "") is None


def test_many_threads_upload_at_once_and_nothing_is_mixed_up(subject: Subject) -> None:
    case_ids = subject.ids()[:6]
    contents = {case_id: case_id.encode() * 40_000 for case_id in case_ids}

    def one(case_id: str) -> None:
        upload(subject, case_id, contents[case_id], document_id=case_id)

    threads = [threading.Thread(target=one, args=(case_id,)) for case_id in case_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    for case_id in case_ids:
        [(_, mark, sha256)] = subject.uploaded(case_id)
        assert (mark, sha256) == (a_draft(case_id).mark, hashlib.sha256(contents[case_id]).hexdigest())


def test_errors_hold_nothing_of_the_document(subject: Subject) -> None:
    case_id = subject.ids()[0]
    for trouble in (Trouble.LOST_AFTER_STORING, Trouble.REFUSED_CONTENT, Trouble.UNAVAILABLE):
        subject.trouble("upload_document", trouble)
        with pytest.raises((AnswerLostError, RejectedBySmartAdvocateError)) as caught:
            upload(subject, case_id, file_name="Okafor divorce.pdf", uploaded_by="Ruth Okafor")
        assert "Okafor" not in str(caught.value)
