"""The documents of a case: listed, looked for by category, uploaded as a stream (API sheet, section 9)."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.smartadvocate import wire
from adapters.smartadvocate.answers import listed, loaded, loaded_list, rows
from adapters.smartadvocate.call import Call, Operation
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.errors import checked_id, too_large_file, unreadable
from adapters.smartadvocate.names import Names
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.wire_documents import (
    UploadBody,
    categories_in,
    read_categories,
    read_documents,
    uploaded_id,
)
from core.case import SourceCase
from core.clearance import Clearance
from core.document import DocumentDraft, StoredDocument
from core.errors import CaseNotFoundError
from core.firm import Firm
from core.ports.case_management import Content

_TOO_LARGE: Final = 413
_EVER: Final = (datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=2))  # from then on, to so long after now
_MOST_ROWS: Final = 5000  # of one case


class Documents:
    """The part of `SmartAdvocate` that is about documents."""

    def __init__(self, caller: Caller, case_by_id: Callable[[Firm, str], SourceCase]) -> None:
        self._caller = caller
        self._case_by_id = case_by_id
        self._categories = Names(caller.now)

    def documents(self, firm: Firm, integration_id: str) -> Sequence[StoredDocument]:
        """See `CaseManagement.documents`.

        A 404 or an empty 200 counts as "no documents" once the case is there and the search agrees: a glitch
        that is taken for "no documents" could repeat one.
        """
        operation = Operation(firm.firm_id, "list the documents of", integration_id)
        site = self._caller.site(firm)
        call = Call(firm, site, operation, Purpose.DOCUMENTS, checked_id(operation, integration_id))
        try:
            answer = self._caller.ask(call)
        except CaseNotFoundError:  # or there are no documents: the search tells
            document_rows = self._searched(call)
        else:
            content = loaded_list(answer)
            document_rows = self._searched(call) if content is None else listed(answer, content, "documents")
        self._categories.observe(firm, categories_in(document_rows))
        return read_documents(document_rows)

    def document_category(self, firm: Firm, name: str) -> str | None:
        """See `CaseManagement.document_category`. Without the list, pairs seen in document rows must do."""
        return self._categories.find(firm, name, lambda: self._category_list(firm)).id

    def upload_document(
        self,
        firm: Firm,
        integration_id: str,
        draft: DocumentDraft,
        content: Content,
        *,
        clearance: Clearance | None = None,
    ) -> str:
        """See `CaseManagement.upload_document`.

        Only what 401 or 403 refused, unexecuted, is sent again, once.
        """
        site = self._caller.site(firm)
        operation = Operation(
            firm.firm_id,
            "upload a document to",
            integration_id,
            write=True,
            sent=(draft.file_name, draft.description),
        )
        case_id = checked_id(operation, integration_id)

        @contextmanager
        def body() -> Iterator[UploadBody]:
            with content() as pieces:
                yield UploadBody(draft, pieces, lambda: self._caller.check_time(call))

        purpose = Purpose.UPLOAD_DOCUMENT
        call = Call(firm, site, operation, purpose, case_id, body=body, clearance=clearance)
        answer = self._caller.answer(call)
        if answer.status == _TOO_LARGE:
            raise too_large_file(answer, draft.size)
        document_id = uploaded_id(loaded(self._caller.accepted(answer)))
        if document_id is None:
            raise unreadable(operation, f"{answer.status} without a document id")
        return document_id

    def _category_list(self, firm: Firm) -> Mapping[str, str]:
        operation = Operation(firm.firm_id, "list the document categories")
        call = Call(firm, self._caller.site(firm), operation, Purpose.DOCUMENT_CATEGORIES)
        return read_categories(rows(self._caller.ask(call), "categories"))

    def _searched(self, call: Call) -> Iterable[Any]:
        """Ask by another route. Raises CaseNotFoundError where the case is not there."""
        number = self._case_by_id(call.firm, call.case_id).case_number
        since, later = _EVER
        wanted = {
            "modifiedFromDateTime": wire.moment_from(since),
            "modifiedToDateTime": wire.moment_until(self._caller.now() + later),
            "caseNumbers": [number],
            "pageRequest": {"currentPage": 0, "pageSize": _MOST_ROWS},
        }
        search = replace(call, purpose=Purpose.SEARCH_DOCUMENTS, body=json.dumps(wanted).encode())
        return [
            row
            for row in rows(self._caller.ask(search), "documents")
            if isinstance(row, wire.BrokenRow)  # it may be one of this case's
            or (isinstance(row, dict) and wire.identifier(wire.field(row, "caseID")) == call.case_id)
        ]
