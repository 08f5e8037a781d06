"""What the pages say of each reason, to somebody at a law firm: what happened, and the way on.

They are fixed sentences: nothing that another system answered is ever shown.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.reason import Reason
from core.words import Words, WordTable

_AGAIN: Final = "Nothing was changed; choose the button once more"
_MANAGER: Final = "Nothing was changed; tell your implementation manager"
_ITSELF: Final = "Nothing is lost, and there is nothing to do: it is tried again by itself"
_WAITS: Final = "Nothing is lost; your implementation manager sees it and helps"

_BUSY: Final = Words("SmartAdvocate did not answer as it should", f"{_AGAIN} in a while")
_OURS: Final = Words(
    "Something went wrong on our side", f"{_AGAIN} in a while, or tell your implementation manager"
)
_EVENT: Final = Words("A message from Case Status could not be read", _WAITS)

WORDS: Final[WordTable] = MappingProxyType(
    {
        Reason.UNAVAILABLE: _BUSY,
        Reason.DATABASE_UNAVAILABLE: _OURS,
        Reason.BROKER_UNAVAILABLE: _OURS,
        Reason.NOT_REACHED: _BUSY,
        Reason.STOPPING: _OURS,
        Reason.RATE_LIMITED: Words(
            "SmartAdvocate asked us to pause",
            "Nothing is lost: what waits goes on by itself. If you were connecting, choose the button once "
            "more in a while",
        ),
        Reason.PAUSED: Words("The exchange with SmartAdvocate was paused for your firm", _ITSELF),
        Reason.TOO_BUSY: _BUSY,
        Reason.LIMIT_REACHED: Words("SmartAdvocate is being asked as often as your firm allows", _ITSELF),
        Reason.ANSWER_LOST: Words("SmartAdvocate's answer was lost", _ITSELF),
        Reason.UNEXPECTED_ERROR: _OURS,
        Reason.UNREADABLE_ANSWER: _BUSY,
        Reason.CONTENT_UNAVAILABLE: Words("A document cannot be fetched at the moment", _ITSELF),
        Reason.CONTENT_TOO_SLOW: Words("A document came too slowly", _ITSELF),
        Reason.CONTENT_BROKEN_OFF: Words("A document did not come whole", _ITSELF),
        Reason.NEEDS_PERSON: Words("Somebody has to act", _WAITS),
        Reason.RECONNECT_REQUIRED: Words(
            "SmartAdvocate no longer accepts our log-in", "Reconnect SmartAdvocate; nothing is lost meanwhile"
        ),
        Reason.NOT_CONNECTED: Words("Your firm is not connected to SmartAdvocate", "Connect SmartAdvocate"),
        Reason.ADDRESS_MISSING: Words("Connecting is not set up completely", _MANAGER),
        Reason.FIRM_MOVED: Words(
            "The firm has moved",
            "Its pages are at another address now; ask your implementation manager for it",
        ),
        Reason.MOVE_UNDER_WAY: Words(
            "The firm is being moved", "Wait until the move is over; what comes in meanwhile is kept"
        ),
        Reason.FIRM_AT_WORK: Words(
            "Work for the firm is still under way", "Wait until it has come to its end"
        ),
        Reason.FIRM_HERE_ALREADY: Words("Something is kept of this firm already", "Ask an operator to look"),
        Reason.FIRM_FILE_UNUSABLE: Words(
            "The firm's file cannot be used", "Ask an operator to export it anew"
        ),
        Reason.CELLS_ALIKE: Words(
            "Two cells cannot be told apart", "Ask an operator to give each its number"
        ),
        Reason.CODE_WRONG: Words("The code does not open the firm", "Ask for it where the firm was before"),
        Reason.STILL_CONNECTED: Words("SmartAdvocate is still connected", "Disconnect it first"),
        Reason.ENDS_BY_ITSELF: Words(
            "It is over when its cause is", "Cure the cause; it disappears by itself"
        ),
        Reason.PERMISSION_MISSING: Words(
            "The connected SmartAdvocate account lacks a right",
            "Ask your SmartAdvocate administrator to grant it; what waits goes on by itself",
        ),
        Reason.CASE_NOT_FOUND: Words(
            "SmartAdvocate shows no such case",
            "Check that the case exists, and that the connected account may see it",
        ),
        Reason.READING_INCOMPLETE: Words("Your SmartAdvocate did not let every case be read", _WAITS),
        Reason.ROUTE_UNKNOWN: Words("Your SmartAdvocate is set up in a way we do not know yet", _WAITS),
        Reason.REDIRECTED: Words("Your SmartAdvocate has moved to another address", _WAITS),
        Reason.HOST_NOT_ALLOWED: Words("Your SmartAdvocate's address leads where we may not go", _WAITS),
        Reason.DOCUMENT_URL_EXPIRED: Words("A document's address is no longer good", _ITSELF),
        Reason.CONTENT_HOST_NOT_ALLOWED: Words("A document lies where we may not fetch it", _WAITS),
        Reason.MAIL_REFUSED: Words("Letters cannot be sent at present", _WAITS),
        Reason.OAUTH_ENDPOINT_UNKNOWN: Words("Connecting is not set up completely", _MANAGER),
        Reason.FIRM_UNKNOWN: Words("There is no such firm", _WAITS),
        Reason.CASE_BEING_IMPORTED: Words("The case is being brought over", _ITSELF),
        Reason.CASE_NOT_IMPORTED: Words(
            "The case could not be brought over",
            "See why among the problems; what waits for it goes on by itself",
        ),
        Reason.ERROR: _OURS,
        Reason.REJECTED_BY_SMARTADVOCATE: Words("SmartAdvocate refused the content", _WAITS),
        Reason.CONTENT_REFUSED: Words("A document could not be fetched", _WAITS),
        Reason.CONTENT_MISMATCH: Words("A document was not what had been announced", _WAITS),
        Reason.DOCUMENT_TOO_LARGE: Words(
            "SmartAdvocate takes no file of this size",
            "Put the file into the case by hand, or tell your SmartAdvocate administrator",
        ),
        Reason.RETRIES_SPENT: Words("It was tried for a day and given up", _WAITS),
        Reason.LEASE_RAN_OUT: Words("A step was interrupted", _ITSELF),
        Reason.PROCESS_GONE: Words("A step was interrupted", _ITSELF),
        Reason.TEXT_PURGED: Words(
            "Its text has been removed, as set for your firm", "It cannot be sent again"
        ),
        Reason.DISCARDED: Words(
            "Somebody gave it up",
            "It was not sent, and will not be; your implementation manager knows why",
        ),
        Reason.INVALID_EVENT: _EVENT,
        Reason.MALFORMED: _EVENT,
        Reason.OVERSIZED: _EVENT,
        Reason.FOREIGN: _EVENT,
        Reason.UNKNOWN_TYPE: _EVENT,
        Reason.CONTRADICTORY: _EVENT,
        Reason.FIRM_NOT_ALLOWED: _EVENT,
        Reason.CANCELLED: Words("It was cancelled", "The next one does the rest by itself"),
        Reason.NOT_ALLOWED: Words("You may not do this", "Ask your implementation manager"),
        Reason.ALREADY_DECIDED: Words("This was decided before", "Look at where it stands now"),
        Reason.NOT_FOUND: Words("This is not here", "Go back and choose another"),
        Reason.CONFIGURATION: Words("Connecting is not set up completely", _MANAGER),
        Reason.MAIL_ADDRESS_INVALID: Words("That is no e-mail address", "Write it as name@example.com"),
        Reason.MAIL_NOT_SET: Words("Letters are not set up here", _MANAGER),
        Reason.MAIL_RECIPIENT_REFUSED: Words("This address takes no mail", "Correct the address"),
        Reason.TOO_MANY_RECIPIENTS: Words("There are as many recipients as there may be", "Remove one first"),
        Reason.CASES_WOULD_BREAK: Words("Cases that come over now would do so no longer", _MANAGER),
        Reason.SETTINGS_OUTDATED: Words(
            "Somebody else has changed this meanwhile", "Load the page again, and change what is there now"
        ),
        Reason.KEY_REUSED: _OURS,
        Reason.KEY_IN_USE: Words("This is being done already", "Wait a moment"),
        Reason.ANSWER_TOLD: _OURS,
        Reason.POSITION_GONE: _OURS,
        Reason.SERVER_NOT_SET: _OURS,
        Reason.ENCRYPTION_KEY_MISSING: Words("Connecting is not set up completely", _MANAGER),
        Reason.PORT_TAKEN: _OURS,
        Reason.BROKER_REFUSED: _OURS,
        Reason.BROKER_DIFFERS: _OURS,
        Reason.MIGRATION_CHANGED: _OURS,
        Reason.RELEASE_BEHIND: _OURS,
        Reason.SCHEMA_BEHIND: _OURS,
        Reason.REMOVAL_BEHIND: _OURS,
        Reason.ROLE_MISSING: _OURS,
        Reason.DATABASE_ENCODING: _OURS,
        Reason.DATABASE_POOLED: _OURS,
        Reason.ACCOUNT_OF_ANOTHER_FIRM: Words(
            "This SmartAdvocate account belongs to another firm",
            "It sees none of your firm's cases. Nothing was changed; log out of SmartAdvocate, choose the "
            "button once more, and log in with an account of your firm",
        ),
        Reason.WORKER_BROKEN: _OURS,
        Reason.DATABASE_REFUSED: _OURS,
        Reason.MALFORMED_JOB: _OURS,
        Reason.EMBEDDED_POSTGRES: _OURS,
        Reason.EMBEDDED_PROGRAMS: _OURS,
        Reason.EMBEDDED_ACCOUNT: _OURS,
        Reason.EMBEDDED_DATA: _OURS,
        Reason.DATA_FOLDER_UNUSABLE: _OURS,
        Reason.DATA_FOLDER_IN_USE: _OURS,
        Reason.DISK_FULL: _OURS,
        Reason.CONSENT_FAILED: Words("SmartAdvocate refused without a reason that is known", _MANAGER),
        Reason.CONSENT_ACCESS_DENIED: Words(
            "Access was not allowed in SmartAdvocate",
            f"{_AGAIN}, log in with an account that may allow access, and select 'Allow Access'",
        ),
        Reason.CONSENT_SERVER_ERROR: Words(
            "SmartAdvocate met an error of its own", f"{_AGAIN} in a few minutes"
        ),
        Reason.CONSENT_TEMPORARILY_UNAVAILABLE: Words(
            "SmartAdvocate is busy or under maintenance", f"{_AGAIN} in a while"
        ),
        Reason.CONSENT_INVALID_REQUEST: Words("SmartAdvocate did not understand the request", _MANAGER),
        Reason.CONSENT_UNAUTHORIZED_CLIENT: Words(
            "SmartAdvocate does not let casebridge ask for access this way", _MANAGER
        ),
        Reason.CONSENT_UNSUPPORTED_RESPONSE_TYPE: Words(
            "SmartAdvocate does not offer this way of connecting", _MANAGER
        ),
        Reason.CONSENT_INVALID_SCOPE: Words(
            "SmartAdvocate does not know the rights that were asked for", _MANAGER
        ),
        Reason.CONSENT_INVALID_CLIENT: Words(
            "SmartAdvocate does not know casebridge's client id or secret", _MANAGER
        ),
        Reason.CONSENT_INVALID_GRANT: Words(
            "SmartAdvocate no longer accepts this log-in: it was used or is too old", _AGAIN
        ),
        Reason.CONSENT_UNSUPPORTED_GRANT_TYPE: Words(
            "SmartAdvocate does not offer this way of connecting", _MANAGER
        ),
        Reason.CONSENT_STATE: Words(
            "This log-in was not begun in this browser, was used already, or took more than ten minutes",
            _AGAIN,
        ),
        Reason.CONSENT_OTHER: Words("SmartAdvocate refused without a reason that is known", _MANAGER),
        Reason.SIGN_IN_FAILED: Words(
            "The sign-in did not work", "Try again; if it stays so, tell who runs casebridge for you"
        ),
        Reason.SIGN_IN_DENIED: Words(
            "Your organisation's sign-in did not let you through",
            "Ask its administrator for access to casebridge",
        ),
        Reason.SIGN_IN_UNAVAILABLE: Words(
            "Your organisation's sign-in does not answer as it should", "Try again in a few minutes"
        ),
        Reason.SIGN_IN_STATE: Words(
            "This sign-in was not begun in this browser, or took more than ten minutes", "Sign in once more"
        ),
        Reason.PERSON_UNKNOWN: Words(
            "You are signed in at your organisation, but have no access to casebridge yet",
            "Ask your implementation manager to add you",
        ),
    }
)

# A value that cannot be used, on any page but those that lead to SmartAdvocate. What it is is told beside it.
UNUSABLE: Final = Words(
    "This cannot be done as it was asked", "Nothing was changed; go back, correct it, and try once more"
)

# What HTTP itself says, where no use case was reached.
STATUSES: Final[Mapping[int, Words]] = MappingProxyType(
    {
        400: Words("This could not be understood", "Go back, reload the page, and try once more"),
        401: Words("Nobody is signed in here", "Sign in, then try once more"),
        403: Words(
            "You may not look at this", "Ask your implementation manager, or sign in as somebody else"
        ),
        404: Words("There is no such page", "Check the address, or go on from the first page"),
        405: Words("This cannot be done here", "Go back and use the page's own buttons"),
        408: Words("Your browser took too long to send this", "Go back, and try once more"),
        409: Words("Something has changed meanwhile", "Reload the page, and look at what is there now"),
        413: Words("That is more than this page takes", "Send less at once"),
        422: Words("Something in the form is not as it should be", "Go back, correct it, and try once more"),
        429: Words("Too many requests", "Wait a moment, then try again"),
        431: Words(
            "Your browser sent too much beside the request", "Remove the cookies of this site, then try again"
        ),
        500: Words(
            "Something went wrong on our side",
            "Try once more in a while; if it stays, tell us the reference below",
        ),
        503: Words("This is not available at the moment", "Try once more in a while"),
    }
)
