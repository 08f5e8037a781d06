"""The audit log: what people changed, when and as whom. docs/reference.md lists the actions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.actor import Actor


class AuditAction(StrEnum):
    """What a person did. The words are stored and shown; a new one gets a line in docs/reference.md."""

    CONNECT_LINK_MADE = "connect-link-made"
    """A link to the firm's connection page was made."""
    FIRM_ADDED = "firm-added"
    """The firm was added. The detail holds its name."""
    FIRM_CONNECTED = "firm-connected"
    """The firm was connected. The detail says by password or OAuth."""
    FIRM_DISCONNECTED = "firm-disconnected"
    """The firm's connection was ended, its secrets removed."""
    FIRM_PAUSED = "firm-paused"
    """The firm's deliveries and imports were stopped for a while. The detail says until when, and why."""
    FIRM_RESUMED = "firm-resumed"
    """The firm's pause was lifted. The detail says until when it would have lasted."""
    FIRM_LEAVING = "firm-leaving"
    """The firm rests, to be moved to another cell."""
    FIRM_EXPORTED = "firm-exported"
    """The firm was written to a file. The detail holds how many rows."""
    FIRM_IMPORTED = "firm-imported"
    """The firm was brought in from another cell's file. The detail holds from which, and how many rows."""
    FIRM_HANDED_OVER = "firm-handed-over"
    """The firm was let go: it lives in another cell from now on."""
    FIRM_TAKEN_OVER = "firm-taken-over"
    """The firm came to life in this cell, handed over by its old one."""
    MOVE_CALLED_OFF = "move-called-off"
    """The firm's move was ended: it stays in its old cell."""
    FIRM_LOOKED_AT = "firm-looked-at"
    """Somebody looked at the firm's pages as the firm sees them."""
    FIRM_DELETED = "firm-deleted"
    """All that was kept of the firm was deleted, but this log."""
    FIRM_VERIFIED = "firm-verified"
    """Cases were compared with SmartAdvocate. The detail says with what result, and whether that wrote."""
    SETTINGS_CHANGED = "settings-changed"
    """Settings without versions were changed. The detail holds their old and new values."""
    FIELD_MAPPING_CHANGED = "field-mapping-changed"
    """The field mapping was changed. The detail holds the version and what
    changed."""
    PRACTICE_AREAS_CHANGED = "practice-areas-changed"
    """Practice areas, stages or their mappings were changed. The detail holds the version and what
    changed."""
    MAPPING_COPIED = "mapping-copied"
    """Settings were taken over from another firm. The detail holds from which, and which."""
    CLOSING_CHANGED = "closing-changed"
    """The rule that says which cases are closed was changed. The detail holds the version and what
    changed."""
    PROFILE_CHANGED = "profile-changed"
    """The firm's SmartAdvocate profile was changed. The detail holds the version and what changed."""
    SYNC_STARTED = "sync-started"
    """A run of the case sync was started by hand. The detail holds the run and its trigger."""
    SYNC_CANCELLED = "sync-cancelled"
    """A run of the case sync was cancelled. The detail holds the run."""
    DELIVERIES_REPLAYED = "deliveries-replayed"
    """Held or failed deliveries were put on their way again. The detail holds which."""
    BULK_CONFIRMED = "bulk-confirmed"
    """Deliveries were replayed or given up in bulk. The detail holds what for, which, how many, and why."""
    BULK_CANCELLED = "bulk-cancelled"
    """A bulk operation was cancelled. The detail holds its number, and how many were done by then."""
    EVENTS_REPLAYED = "events-replayed"
    """Rejected events were read again. The detail holds their numbers."""
    EVENTS_DISCARDED = "events-discarded"
    """Rejected events were given up. The detail holds which, how many, and why."""
    ANNOUNCED_AGAIN = "announced-again"
    """An announcement was sent once more. The detail holds which."""
    ISSUE_MUTED = "issue-muted"
    """Issues were left out of lists until a date. The detail holds which."""
    ISSUE_UNMUTED = "issue-unmuted"
    """Issues that were muted are shown again. The detail holds which."""
    ISSUE_CLOSED = "issue-closed"
    """Somebody called an issue dealt with. The detail holds which."""
    RECIPIENT_SET = "recipient-set"
    """Somebody gets letters about the firm. The detail holds the address and which letters."""
    RECIPIENT_REMOVED = "recipient-removed"
    """Somebody gets no more letters about the firm. The detail holds the address."""
    SIGNED_IN = "signed-in"
    """Somebody signed in. The detail says in which way."""
    SIGNED_OUT = "signed-out"
    """Somebody ended a session, or all of them. The detail holds how many."""
    SIGN_IN_LINK_MADE = "sign-in-link-made"
    """A link that signs somebody in was made. The detail holds for whom."""
    PERSON_ADDED = "person-added"
    """Somebody was put on the list of people, or has another role or other firms. The detail holds them."""
    PERSON_REMOVED = "person-removed"
    """Somebody was taken off the list of people. The detail holds the name."""
    API_KEY_ADDED = "api-key-added"
    """An API key was made. The detail holds its number, name, scopes and firms."""
    API_KEY_ROTATED = "api-key-rotated"
    """An API key got a successor. The detail holds both numbers."""
    API_KEY_REVOKED = "api-key-revoked"
    """An API key was revoked. The detail holds its number and name."""
    KEYS_ROTATED = "keys-rotated"
    """All secrets were encrypted with the current key. The detail holds its id and their number."""


CHANGES_NO_FIRM: Final = frozenset(
    {
        AuditAction.FIRM_LEAVING,
        AuditAction.FIRM_EXPORTED,
        AuditAction.FIRM_HANDED_OVER,
        AuditAction.MOVE_CALLED_OFF,
        AuditAction.FIRM_LOOKED_AT,
        AuditAction.FIRM_DELETED,
    }
)
"""What may be done to a firm that is away: its move itself, and what changes nothing that would be missed."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change by a person. `at` is UTC; `detail` is JSON-ready and holds no secret and no client data.

    `action` is an AuditAction's word, or one that another release of casebridge has stored. A later
    entry has a higher `number`.
    """

    at: datetime
    actor: Actor
    firm_id: str | None
    action: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    number: int = field(default=0, compare=False)
