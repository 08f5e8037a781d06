"""Issues: problems that a person should look at. docs/reference.md says for each kind what to do."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class IssueKind(StrEnum):
    """What is wrong. The words are stored and shown; a new one gets a line in docs/reference.md."""

    CONNECTION_LOST = "connection_lost"
    """SmartAdvocate no longer accepts the firm's log-in. The key is the firm."""
    ACCOUNT_RIGHT_MISSING = "account_right_missing"
    """The connected account lacks a right. The key is the right."""
    SYNC_FAILED = "sync_failed"
    """A run of the case sync was given up. The key is its trigger."""
    SYNC_INCOMPLETE = "sync_incomplete"
    """A run could not make sure that it met every case. The key is the firm."""
    PRACTICE_AREA_UNMAPPED = "practice_area_unmapped"
    """SmartAdvocate uses a practice area that nothing matches. The key is its name."""
    STAGE_UNMAPPED = "stage_unmapped"
    """SmartAdvocate uses a stage that nothing matches. The key is the practice area and its name."""
    CASE_VANISHED = "case_vanished"
    """A case that is here is no longer shown by SmartAdvocate. The key is its integration id."""
    DELIVERY_HELD = "delivery_held"
    """Deliveries wait for a person. The key is the reason."""
    DELIVERY_FAILED = "delivery_failed"
    """Deliveries were given up. The key is the reason."""
    CONTRADICTING_EVENT = "contradicting_event"
    """A second event for one message or document has other content. The key is its kind and subject."""
    NOTE_TYPE_UNKNOWN = "note_type_unknown"
    """SmartAdvocate has no note type of a name the firm set. The key is the setting."""
    DOCUMENT_CATEGORY_UNKNOWN = "document_category_unknown"
    """SmartAdvocate has no document category of the name the firm set. The key is the name."""
    PAUSE_SHORTENED = "pause_shortened"
    """SmartAdvocate asked for a longer pause than is granted. The key is the firm."""
    SHARED_NOTES_UNREAD = "shared_notes_unread"
    """Notes cannot be read for two-way messages. The key is the firm."""
    WRITTEN_TWICE = "written_twice"
    """Something is in SmartAdvocate twice: a worker wrote after its claim was lost. The key is its number."""
    SHARED_NOTE_UNREADABLE = "shared_note_unreadable"
    """A shared note cannot be made a message. The key is the case; the message names the note."""
    ANNOUNCEMENT_NOT_OUT = "announcement_not_out"
    """An announcement cannot be handed to the broker, whatever its state. The key is its number."""
    JOB_FAILED = "job_failed"
    """A job ended with an error that nobody has thought of. The key is the job's name."""


CLOSED_BY_A_PERSON: Final = frozenset({IssueKind.CONTRADICTING_EVENT, IssueKind.WRITTEN_TWICE})
"""What these tell of stays true: a person says that it is dealt with. All others are over by themselves."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An open problem. Times are UTC; `times` counts its repeats, `muted_until` is None or in the future.

    `kind` is an IssueKind's word, or one that another release of casebridge has stored. One that was
    opened later has a higher `number`.
    """

    firm_id: str
    kind: str
    key: str
    message: str
    opened_at: datetime
    last_seen_at: datetime
    times: int
    muted_until: datetime | None = None
    number: int = field(default=0, compare=False)
