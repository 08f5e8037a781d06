"""The verification run: a firm's 2 to 5 test cases are tried before it goes live (Walkthrough, 02)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.actor import Actor
from core.document import DocumentDraft
from core.errors import ConfigurationError
from core.message import NoteDraft, reference_mark
from core.preview import FieldPreview

FEWEST_CASES: Final = 2
MOST_CASES: Final = 5


class CheckName(StrEnum):
    """What is tried on each case."""

    FOUND = "found"
    CLIENT = "client with contact details"
    FIELDS = "required fields"
    PRACTICE_AREA = "practice area matches"
    STAGE = "stage matches"
    IMPORT = "would be imported"
    NOTES = "notes can be read"
    DOCUMENTS = "documents can be read"
    NOTE_WRITTEN = "test note inserted and read back"
    DOCUMENT_WRITTEN = "test document uploaded and read back"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one case: passed or not, and what was seen, with the next step where it failed."""

    name: CheckName
    passed: bool
    detail: str = ""

    def __repr__(self) -> str:
        return f"Check({self.name}, passed={self.passed})"


@dataclass(frozen=True, slots=True)
class VerifiedCase:
    """A test case with its checks, and every field with its source and value."""

    integration_id: str
    number: str
    checks: tuple[Check, ...]
    fields: tuple[FieldPreview, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    def __repr__(self) -> str:
        return f"VerifiedCase({self.integration_id!r}, passed={self.passed})"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification came to. `at` is UTC; `wrote`: test notes and documents were written."""

    firm_id: str
    at: datetime
    actor: Actor
    wrote: bool
    cases: tuple[VerifiedCase, ...]

    @property
    def passed(self) -> bool:
        """Whether every check of every case passed."""
        return all(case.passed for case in self.cases)

    def to_data(self) -> dict[str, Any]:
        """Return the document that is stored and shown: JSON-ready. It names clients."""
        return {
            "firm_id": self.firm_id,
            "at": self.at.isoformat(),
            "by": self.actor.name,
            "wrote": self.wrote,
            "passed": self.passed,
            "cases": [
                {
                    "integration_id": case.integration_id,
                    "number": case.number,
                    "passed": case.passed,
                    "checks": [
                        {"check": c.name.value, "passed": c.passed, "detail": c.detail} for c in case.checks
                    ],
                    "fields": [
                        {
                            "field": f.field,
                            "source": f.source,
                            "value": f.value,
                            "required": f.required,
                            "problem": f.problem.value if f.problem else None,
                        }
                        for f in case.fields
                    ],
                }
                for case in self.cases
            ],
        }


def distinct_cases(integration_ids: Iterable[str]) -> list[str]:
    """Return the ids, each once. Raises ConfigurationError unless they are 2 to 5."""
    ids = list(dict.fromkeys(integration_ids))
    if not FEWEST_CASES <= len(ids) <= MOST_CASES:
        raise ConfigurationError(
            f"a verification takes {FEWEST_CASES} to {MOST_CASES} different test cases, not {len(ids)}"
        )
    return ids


def trial_note(firm_id: str, integration_id: str, at: datetime) -> NoteDraft:
    """Return a note that says what it is. Its subject is its own, so that nobody takes it for a message."""
    mark = reference_mark(firm_id, f"verification/{integration_id}/{at.isoformat()}")
    text = f"Test note of the Case Status integration; it may be deleted.<br><br>Reference: {mark}"
    return NoteDraft("Case Status verification", text, at, mark)


def trial_document(firm_id: str, integration_id: str, at: datetime) -> tuple[DocumentDraft, bytes]:
    """Return a small text document that says what it is, and its content."""
    mark = reference_mark(firm_id, f"verification/{integration_id}/{at.isoformat()}")
    content = b"Test document of the Case Status integration; it may be deleted.\n"
    draft = DocumentDraft(
        file_name=f"Case Status verification {mark[-6:]}.txt",
        content_type="text/plain",
        description=f"Test document of the Case Status integration; it may be deleted\nReference: {mark}",
        dated=at,
        size=len(content),
        mark=mark,
    )
    return draft, content
