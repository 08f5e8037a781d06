"""All routes of SmartAdvocate that casebridge uses, in one table (API sheet, section 14).

OAuth endpoints are not among them: they are UNVERIFIED and without a default, see `oauth_endpoints.py`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Grade(StrEnum):
    """How well a route is known (API sheet, Grades). UNVERIFIED is our own guess."""

    VENDOR = "VENDOR"
    THIRD_PARTY = "THIRD-PARTY"
    CLIENT_CODE = "CLIENT CODE"
    UNVERIFIED = "UNVERIFIED"


class Purpose(StrEnum):
    """What a route is for; the keys of a firm's `routes` overrides."""

    LOG_IN = "log_in"
    SEARCH_CASES = "search_cases"
    CASE_BY_ID = "case_by_id"
    CASE_BY_NUMBER = "case_by_number"
    CASE_STATUSES = "case_statuses"
    NOTES = "notes"
    NOTES_BY_NUMBER = "notes_by_number"
    INSERT_NOTE = "insert_note"
    NOTE_TYPES = "note_types"
    DOCUMENTS = "documents"
    SEARCH_DOCUMENTS = "search_documents"
    UPLOAD_DOCUMENT = "upload_document"
    DOCUMENT_CATEGORIES = "document_categories"


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `path` is below the base URL; `{case_id}` and `{case_number}` are filled in, encoded."""

    purpose: Purpose
    verb: str
    path: str
    grade: Grade
    note: str = ""


ROUTES: Final = (
    Route(Purpose.LOG_IN, "POST", "Users/authenticate", Grade.VENDOR),
    Route(
        Purpose.SEARCH_CASES,
        "POST",
        "case/byDatePaged?AddContactInfo=true",
        Grade.UNVERIFIED,
        "the operation is THIRD-PARTY, its path a guess; alternative: case/cases/byDatePaged. "
        "That AddContactInfo works here is a guess too: without it rows are summaries",
    ),
    Route(
        Purpose.CASE_BY_ID,
        "GET",
        "case/{case_id}?AddContactInfo=true",
        Grade.CLIENT_CODE,
        "that AddContactInfo works here is UNKNOWN: without contacts the case is read by number as well",
    ),
    Route(
        Purpose.CASE_BY_NUMBER,
        "GET",
        "case/CaseInfo?Casenumber={case_number}&AddContactInfo=true",
        Grade.VENDOR,
        "AddContactInfo is CLIENT CODE",
    ),
    Route(
        Purpose.CASE_STATUSES,
        "GET",
        "case/statuses",
        Grade.UNVERIFIED,
        "the list is THIRD-PARTY, its path a guess",
    ),
    Route(Purpose.NOTES, "GET", "case/{case_id}/notes", Grade.VENDOR),
    Route(Purpose.NOTES_BY_NUMBER, "GET", "case/notes/byCaseNumber?CaseNumber={case_number}", Grade.VENDOR),
    Route(
        Purpose.INSERT_NOTE,
        "POST",
        "case/{case_id}/notes",
        Grade.UNVERIFIED,
        "the operation is VENDOR; path, body and answer are guesses",
    ),
    Route(
        Purpose.NOTE_TYPES,
        "GET",
        "case/notes/types",
        Grade.UNVERIFIED,
        "without it the pairs noteTypeID, noteTypeName seen in note rows are used",
    ),
    Route(Purpose.DOCUMENTS, "GET", "case/{case_id}/documents", Grade.CLIENT_CODE),
    Route(
        Purpose.SEARCH_DOCUMENTS,
        "POST",
        "case/documents/byDatePaged",
        Grade.CLIENT_CODE,
        "asked only where the list of a case came back empty or as 404: caseNumbers narrows it to one case",
    ),
    Route(
        Purpose.UPLOAD_DOCUMENT,
        "POST",
        "case/{case_id}/documents",
        Grade.UNVERIFIED,
        "path, multipart/form-data, field names and answer are guesses; that an upload exists is INFERRED",
    ),
    Route(
        Purpose.DOCUMENT_CATEGORIES,
        "GET",
        "case/documents/categories",
        Grade.UNVERIFIED,
        "without it the pairs categoryID, categoryName seen in document rows are used",
    ),
)
