"""What the connected SmartAdvocate account may do, as far as it can be told without changing anything."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Right(StrEnum):
    """What the service needs of the account (API sheet, sections 2.1 and 13)."""

    READ_CASES = "read cases"
    READ_CONTACTS = "read contacts"
    READ_STATUSES = "read statuses"
    READ_NOTES = "read notes"
    READ_DOCUMENTS = "read documents"
    INSERT_NOTE = "insert note"
    UPLOAD_DOCUMENT = "upload document"


class Grant(StrEnum):
    """`untried`: it can only be told by doing it, and nobody did so far."""

    GRANTED = "granted"
    MISSING = "missing"
    UNTRIED = "untried"
    UNKNOWN = "unknown"


_NEEDED_FOR = {
    Right.READ_CASES: "to bring cases over",
    Right.READ_CONTACTS: "to find each client's name, phone and e-mail",
    Right.READ_STATUSES: "to offer the firm's statuses for mapping",
    Right.READ_NOTES: "to make sure that no message is written twice",
    Right.READ_DOCUMENTS: "to make sure that no document is uploaded twice",
    Right.INSERT_NOTE: "to write messages as notes",
    Right.UPLOAD_DOCUMENT: "to put documents into Case Documents",
}


@dataclass(frozen=True, slots=True)
class Permission:
    """One right of the account; `detail` says how it was told."""

    right: Right
    grant: Grant
    detail: str = ""

    @property
    def ask_for(self) -> str:
        """What to ask the firm's SmartAdvocate administrator for; "" where nothing is to be asked."""
        if self.grant is not Grant.MISSING:
            return ""
        return f"grant the connected account the right to {self.right}, {_NEEDED_FOR[self.right]}"

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        return {
            "right": self.right.value,
            "grant": self.grant.value,
            "detail": self.detail,
            "ask_for": self.ask_for,
        }
