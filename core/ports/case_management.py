"""Port: a firm's case management system, SmartAdvocate."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.case import SourceCase, UnreadableCase
from core.clearance import Clearance
from core.document import DocumentDraft, StoredDocument
from core.firm import Firm
from core.message import Note, NoteDraft


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of the case search, as it came: no order is promised. Empty past the end.

    `total` is the number of cases in the window asked for, where the server tells it.
    """

    rows: tuple[SourceCase | UnreadableCase, ...]
    total: int | None = None


@dataclass(frozen=True, slots=True)
class NamedId:
    """The id of a name, None where the firm's SmartAdvocate does not have it; `known` are its names."""

    id: str | None
    known: tuple[str, ...] = ()


Content = Callable[[], AbstractContextManager[Iterator[bytes]]]
"""Opens a document's content anew at each call, to be entered; see `DocumentContents.open`."""


class CaseManagement(Protocol):
    """Reads cases, notes and documents, inserts notes and uploads documents, with a time limit on every call.

    Every method raises ConnectionRejectedError when the firm's log-in is refused, PermissionMissingError
    when the account lacks a right, RateLimitedError (always with `retry_after`, and the firm is held back
    already: `Admission.hold`), TransientError when the server is out of reach, busy or answers nonsense.
    """

    def search_cases(
        self, firm: Firm, since: datetime, until: datetime, page: int, *, by_id: bool = False
    ) -> CasePage:
        """Return page `page` (from 0, `firm.page_size` rows) of the cases modified from `since` to `until`.

        Both ends are inclusive, in UTC. Open and closed cases alike. A row that cannot be read, or not even
        parsed, is an UnreadableCase in its place. The server is asked to order them by time, then id; `by_id`
        by id alone, and for some hundred rows at least. No order is promised. Raises NeedsPersonError of
        status 404 where the server answers so: some do past the end.
        """
        ...

    def case_by_id(self, firm: Firm, integration_id: str) -> SourceCase:
        """Return the whole case, contacts included and marked as complete. Raises CaseNotFoundError."""
        ...

    def case_by_number(self, firm: Firm, case_number: str) -> SourceCase:
        """Return the whole case, contacts included and marked as complete. Raises CaseNotFoundError."""
        ...

    def case_statuses(self, firm: Firm) -> Sequence[str]:
        """Return the names of the firm's case statuses, each once, in no promised order."""
        ...

    def notes(self, firm: Firm, integration_id: str) -> Sequence[Note]:
        """Return all notes of the case, in no promised order. Raises CaseNotFoundError."""
        ...

    def insert_note(
        self, firm: Firm, integration_id: str, draft: NoteDraft, *, clearance: Clearance | None = None
    ) -> str:
        """Insert one note, sent once and never repeated, and return its id.

        Without clearance nothing is sent any more, however long a log-in took: TransientError from its
        `not_after` on, NotBegunError where it may not begin. Whoever claims the note next relies on that.

        Raises AnswerLostError when it may or may not have been stored (no answer, a 5xx, an empty 200);
        TransientError only when it surely was not; RejectedBySmartAdvocateError when its content was
        refused; CaseNotFoundError.
        """
        ...

    def documents(self, firm: Firm, integration_id: str) -> Sequence[StoredDocument]:
        """Return all documents of the case, in no promised order. Raises CaseNotFoundError."""
        ...

    def note_type(self, firm: Firm, name: str, *, case: str) -> NamedId:
        """Return the id of the firm's note type of exactly this name.

        The answer may be some minutes old. Where the list cannot be had, the types count that stand in the
        notes of `case` or have stood in notes read lately: a missing one may not have been seen yet.
        """
        ...

    def document_category(self, firm: Firm, name: str) -> str | None:
        """Return the id of the firm's document category of exactly this name, or None where there is none.

        The answer may be some minutes old.
        """
        ...

    def upload_document(
        self,
        firm: Firm,
        integration_id: str,
        draft: DocumentDraft,
        content: Content,
        *,
        clearance: Clearance | None = None,
    ) -> str:
        """Upload one document, its content streamed, and return its id. Sent whole at most once.

        What `content` raises comes out as it is, and then nothing was stored: the request is broken off
        before its end. So it is where it has no clearance at its end, with errors as in `insert_note`.

        Raises AnswerLostError when the document may or may not have been stored; TransientError only when it
        surely was not; DocumentTooLargeError when SmartAdvocate takes no file of this size;
        RejectedBySmartAdvocateError when it was refused otherwise; CaseNotFoundError.
        """
        ...
