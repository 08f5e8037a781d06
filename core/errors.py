"""One error tree. The retry policy reads two facts of an error: its class and `retry_after`."""

from datetime import timedelta
from enum import StrEnum


class ErrorClass(StrEnum):
    """What can cure an error: time, nothing, or a person."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    NEEDS_PERSON = "needs-a-person"


class CasebridgeError(Exception):
    """Root of all errors. The message says what happened, to which firm or case, and the next step.

    `reason` is a short, stable word for tables and filters (for example `rate_limited`). Messages never
    hold secrets, message text, client names or phone numbers. `status` is what another system's HTTP answered
    with, where the error comes from such an answer.
    """

    error_class = ErrorClass.PERMANENT
    reason = "error"
    status: int | None = None

    def __init__(
        self, message: str, *, reason: str | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason or type(self).reason
        self.retry_after = retry_after


class TransientError(CasebridgeError):
    """It may work later by itself: a busy or unreachable server."""

    error_class = ErrorClass.TRANSIENT
    reason = "unavailable"


class RateLimitedError(TransientError):
    """The server asked for a pause; `retry_after` holds for the whole firm."""

    reason = "rate_limited"


class NeedsPersonError(CasebridgeError):
    """Somebody has to act: reconnect, grant a permission, correct a setting."""

    error_class = ErrorClass.NEEDS_PERSON
    reason = "needs_person"


class ConnectionRejectedError(NeedsPersonError):
    """SmartAdvocate refused the firm's log-in: the firm must reconnect, nothing is lost meanwhile.

    `connection_version` names the connection that was refused, where it is known: a firm that has connected
    anew meanwhile has not lost its connection.
    """

    reason = "reconnect_required"
    connection_version: int | None = None


class PermissionMissingError(NeedsPersonError):
    """The connected SmartAdvocate account may not do this: an administrator must grant the right."""

    reason = "permission_missing"


class CaseNotFoundError(NeedsPersonError):
    """SmartAdvocate does not know the case, or hides it from the connected account."""

    reason = "case_not_found"


class PermanentError(CasebridgeError):
    """It will not work however often it is tried."""


class RejectedBySmartAdvocateError(PermanentError):
    """SmartAdvocate understood the request and refused its content."""

    reason = "rejected_by_smartadvocate"


class AnswerLostError(CasebridgeError):
    """A write was sent and its answer never came: it may or may not have happened.

    Never repeated blindly: the next step is to read what is there.
    """

    error_class = ErrorClass.TRANSIENT
    reason = "answer_lost"


class UnreadableAnswerError(TransientError):
    """SmartAdvocate answered something that the API sheet does not describe."""

    reason = "unreadable_answer"


class ContentExpiredError(NeedsPersonError):
    """The address of a document's content is no longer good: upstream is asked for a fresh one."""

    reason = "document_url_expired"


class ContentRefusedError(NeedsPersonError):
    """A document's content lies where casebridge may not go: an operator must allow the host."""

    reason = "content_host_not_allowed"


class ContentMismatchError(PermanentError):
    """The content is not what the event said: another length or another hash. Nothing was stored."""

    reason = "content_mismatch"


class DocumentTooLargeError(PermanentError):
    """SmartAdvocate takes no file of this size."""

    reason = "document_too_large"


class InvalidEventError(PermanentError):
    """An upstream event that does not meet the contract; it is kept with this reason."""

    reason = "invalid_event"


class UnknownFirmError(PermanentError):
    """No firm has this id. `casebridge firms list` shows the known ones."""

    reason = "firm_unknown"


class NotAllowedError(PermanentError):
    """The person's role does not reach that far; the message names who may."""

    reason = "not_allowed"


class WrongAccountError(PermanentError):
    """A firm was to be reconnected with an account that sees another firm's cases; nothing was changed."""

    reason = "account_of_another_firm"


class ConfigurationError(PermanentError):
    """A setting cannot be used; the message names it, its value where that is no secret, and the limit."""

    reason = "configuration"
