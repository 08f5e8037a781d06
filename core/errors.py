"""One error tree. The retry policy reads two facts of an error: its class and `retry_after`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.reason import Reason
from core.thing import Thing


class ErrorClass(StrEnum):
    """What can cure an error: time, nothing, or a person."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    NEEDS_PERSON = "needs-a-person"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an error is about, as far as it is known. Times are UTC; `limit` is what was exceeded.

    `asked` is a name that somebody gave and that is not there, `known` the names that are, as far as they are
    the actor's to see: doors tell the nearest. `thing` is what kind of thing is not there: doors tell where
    such are listed.
    """

    firm_id: str | None = None
    case_id: str | None = None
    limit: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    asked: str | None = None
    known: tuple[str, ...] = ()
    thing: Thing | None = None


class CasebridgeError(Exception):
    """Root of all errors: a reason, the facts, and a class that tells what can cure it.

    The message tells what was seen, to which firm or case, and no more: the doors know the next step by the
    reason. It never holds secrets, message text, client names or phone numbers. `status` is what another
    system's HTTP answered with, where the error comes from such an answer.
    """

    error_class = ErrorClass.PERMANENT
    reason: Reason = Reason.ERROR
    status: int | None = None

    def __init__(
        self,
        message: str,
        *,
        reason: Reason | None = None,
        retry_after: timedelta | None = None,
        firm_id: str | None = None,
        case_id: str | None = None,
        limit: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        asked: str | None = None,
        known: Iterable[str] = (),
        thing: Thing | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason or type(self).reason
        self.retry_after = retry_after
        self.facts = Facts(firm_id, case_id, limit, since, until, asked, tuple(map(str, known)), thing)


class TransientError(CasebridgeError):
    """It may work later by itself: a busy or unreachable server."""

    error_class = ErrorClass.TRANSIENT
    reason = Reason.UNAVAILABLE


class NotBegunError(TransientError):
    """Nothing was sent: this process could not show that it lives, and others may take over (ADR 97)."""

    reason = Reason.DATABASE_UNAVAILABLE


class UnexpectedError(TransientError):
    """Something raised what is no error of ours: a defect, or a case nobody has thought of.

    It may come up again each time: whoever repeats after it bounds the tries, and says what it was about.
    """

    reason = Reason.UNEXPECTED_ERROR


class RateLimitedError(TransientError):
    """The server asked for a pause; `retry_after` holds for the whole firm."""

    reason = Reason.RATE_LIMITED


class FirmPausedError(RateLimitedError):
    """The server asked for a pause before, of which `retry_after` is left: nothing was sent."""


class NeedsPersonError(CasebridgeError):
    """Somebody has to act: reconnect, grant a permission, correct a setting."""

    error_class = ErrorClass.NEEDS_PERSON
    reason = Reason.NEEDS_PERSON


class ConnectionRejectedError(NeedsPersonError):
    """SmartAdvocate refused the firm's log-in: the firm must reconnect, nothing is lost meanwhile.

    `connection_version` names the connection that was refused, where it is known: a firm that has connected
    anew meanwhile has not lost its connection.
    """

    reason = Reason.RECONNECT_REQUIRED
    connection_version: int | None = None


class PermissionMissingError(NeedsPersonError):
    """The connected SmartAdvocate account may not do this: an administrator must grant the right."""

    reason = Reason.PERMISSION_MISSING


class CaseNotFoundError(NeedsPersonError):
    """SmartAdvocate does not know the case, or hides it from the connected account."""

    reason = Reason.CASE_NOT_FOUND


class PermanentError(CasebridgeError):
    """It will not work however often it is tried."""


class RejectedBySmartAdvocateError(PermanentError):
    """SmartAdvocate understood the request and refused its content."""

    reason = Reason.REJECTED_BY_SMARTADVOCATE


class AnswerLostError(CasebridgeError):
    """A write was sent and its answer never came: it may or may not have happened.

    Never repeated blindly: the next step is to read what is there.
    """

    error_class = ErrorClass.TRANSIENT
    reason = Reason.ANSWER_LOST


class UnreadableAnswerError(TransientError):
    """SmartAdvocate answered something that the API sheet does not describe."""

    reason = Reason.UNREADABLE_ANSWER


class ContentExpiredError(NeedsPersonError):
    """The address of a document's content is no longer good: upstream is asked for a fresh one."""

    reason = Reason.DOCUMENT_URL_EXPIRED


class ContentRefusedError(NeedsPersonError):
    """A document's content lies where casebridge may not go: an operator must allow the host."""

    reason = Reason.CONTENT_HOST_NOT_ALLOWED


class ContentMismatchError(PermanentError):
    """The content is not what the event said: another length or another hash. Nothing was stored."""

    reason = Reason.CONTENT_MISMATCH


class DocumentTooLargeError(PermanentError):
    """SmartAdvocate takes no file of this size."""

    reason = Reason.DOCUMENT_TOO_LARGE


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field of an event. `detail` names it and the limit, never what it holds."""

    field: str
    detail: str
    reason: Reason


class InvalidEventError(PermanentError):
    """An upstream event that does not meet the contract; it is kept with this reason.

    `faults` are all that is wrong with its fields, where it could be read so far; the reason is the first's.
    """

    reason = Reason.INVALID_EVENT
    faults: tuple[FieldFault, ...] = ()

    @classmethod
    def of(cls, faults: Sequence[FieldFault]) -> "InvalidEventError":
        """Return the one error of an event with these faults, at least one."""
        error = cls("; ".join(fault.detail for fault in faults), reason=faults[0].reason)
        error.faults = tuple(faults)
        return error


class UnknownFirmError(PermanentError):
    """No firm has this id."""

    reason = Reason.FIRM_UNKNOWN


class FirmMovedError(PermanentError):
    """The firm is on its way to another cell, or lives there: nothing is taken in for it, or changed."""

    reason = Reason.FIRM_MOVED


class NotAllowedError(PermanentError):
    """The person's role does not reach that far; the message names who may."""

    reason = Reason.NOT_ALLOWED


class WrongAccountError(PermanentError):
    """A firm was to be reconnected with an account that sees another firm's cases; nothing was changed."""

    reason = Reason.ACCOUNT_OF_ANOTHER_FIRM


class ConfigurationError(PermanentError):
    """A setting cannot be used; the message names it, its value where that is no secret, and the limit."""

    reason = Reason.CONFIGURATION


class EndsByItselfError(ConfigurationError):
    """An issue was to be closed that is over only when what it tells of is over."""

    reason = Reason.ENDS_BY_ITSELF


class UnknownThingError(ConfigurationError):
    """What somebody asked for by its number or name is not there, or is not this actor's to see."""

    reason = Reason.NOT_FOUND

    def __init__(
        self,
        message: str,
        *,
        thing: Thing,
        firm_id: str | None = None,
        case_id: str | None = None,
        asked: str | None = None,
        known: Iterable[str] = (),
    ) -> None:
        super().__init__(message, thing=thing, firm_id=firm_id, case_id=case_id, asked=asked, known=known)
