"""Every route of the sandbox with its grade from the API sheet, section 14. The one place to follow the
real documentation.

OAuth is not among them: its paths are settable, see `oauth_options.py`. Paths are relative to `BASE_PATH`;
route and query names are matched without regard to letter case (INFERRED from the spellings clients use).
"""

from __future__ import annotations

from typing import NamedTuple

BASE_PATH = "/CaseSyncAPI/"


class Operation(NamedTuple):
    """A purpose, what is called for it, and how sure we are that SmartAdvocate has it."""

    purpose: str
    verb: str
    path: str
    grade: str


LOG_IN = "log-in"
UPLOAD = "upload-document"
# The router tries them in this order: what is called most comes first.
OPERATIONS = (
    Operation("insert-note", "POST", "case/{number:int}/notes", "UNVERIFIED path and body; operation VENDOR"),
    Operation("list-notes", "GET", "case/{number:int}/notes", "VENDOR"),
    Operation("search-cases", "POST", "case/byDatePaged", "UNVERIFIED path; operation THIRD-PARTY"),
    Operation("case-by-id", "GET", "case/{number:int}", "CLIENT CODE"),
    Operation("case-by-number", "GET", "case/CaseInfo", "VENDOR; AddContactInfo CLIENT CODE"),
    Operation(UPLOAD, "POST", "case/{number:int}/documents", "UNVERIFIED"),
    Operation("list-documents", "GET", "case/{number:int}/documents", "CLIENT CODE"),
    Operation("search-documents", "POST", "case/documents/byDatePaged", "CLIENT CODE"),
    Operation("notes-by-number", "GET", "case/notes/byCaseNumber", "VENDOR"),
    Operation(LOG_IN, "POST", "Users/authenticate", "VENDOR"),
    Operation("case-statuses", "GET", "case/statuses", "UNVERIFIED path; existence THIRD-PARTY"),
    Operation("note-types", "GET", "case/notes/types", "UNVERIFIED"),
    Operation("document-categories", "GET", "case/documents/categories", "UNVERIFIED"),
)
PURPOSES = tuple(operation.purpose for operation in OPERATIONS)
