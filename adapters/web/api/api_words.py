"""What the HTTP API says of each reason: the title of a problem (RFC 9457), and what its program can do.

The detail of a problem is the error's own message; titles stay the same, whatever it was about.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from core.reason import Reason
from core.thing import Thing
from core.words import Words, WordTable

_LATER: Final = "send the same again in a while"
_OURS: Final = "tell the operator of casebridge"

WORDS: Final[WordTable] = MappingProxyType(
    {
        Reason.UNAVAILABLE: Words("A server is out of reach or busy", _LATER),
        Reason.DATABASE_UNAVAILABLE: Words("The store is out of reach or busy", _LATER),
        Reason.BROKER_UNAVAILABLE: Words("The broker is out of reach or busy", _LATER),
        Reason.NOT_REACHED: Words("SmartAdvocate could not be reached", "check its address; then try again"),
        Reason.STOPPING: Words("The process is stopping", _LATER),
        Reason.RATE_LIMITED: Words("SmartAdvocate asked for a pause", _LATER),
        Reason.PAUSED: Words("A person paused the firm", "nothing: what waits goes on by itself"),
        Reason.TOO_BUSY: Words("Too much is under way at once", _LATER),
        Reason.LIMIT_REACHED: Words("The firm's limit left no room in time", _LATER),
        Reason.ANSWER_LOST: Words(
            "The answer was lost", "casebridge looks itself before it repeats anything"
        ),
        Reason.UNEXPECTED_ERROR: Words("An unexpected error", _OURS),
        Reason.UNREADABLE_ANSWER: Words("SmartAdvocate's answer cannot be read", _LATER),
        Reason.CONTENT_UNAVAILABLE: Words("The document's server is out of reach", "keep its address good"),
        Reason.CONTENT_TOO_SLOW: Words("The document came too slowly", "serve it faster"),
        Reason.CONTENT_BROKEN_OFF: Words("The document's server broke off", "keep its address good"),
        Reason.NEEDS_PERSON: Words("Somebody has to act", _OURS),
        Reason.RECONNECT_REQUIRED: Words("The firm must reconnect", "nothing is lost; the firm reconnects"),
        Reason.NOT_CONNECTED: Words("The firm is not connected", "connect the firm"),
        Reason.ADDRESS_MISSING: Words("The firm has no SmartAdvocate address", "give its address"),
        Reason.FIRM_MOVED: Words(
            "The firm is another cell's", "send to the cell in which the firm lives now, the same event too"
        ),
        Reason.MOVE_UNDER_WAY: Words("The firm is being moved", "ask again when the move is over"),
        Reason.FIRM_AT_WORK: Words("Work for the firm is still under way", "ask again when it is over"),
        Reason.FIRM_HERE_ALREADY: Words("Something is kept of this firm already", _OURS),
        Reason.FIRM_FILE_UNUSABLE: Words("The firm's file cannot be used", _OURS),
        Reason.CELLS_ALIKE: Words("Two cells cannot be told apart", _OURS),
        Reason.CODE_WRONG: Words("The code does not open the firm", _OURS),
        Reason.STILL_CONNECTED: Words("The firm is still connected", "disconnect it first"),
        Reason.ENDS_BY_ITSELF: Words(
            "The issue is over only when its cause is", "cure the cause, or mute it"
        ),
        Reason.PERMISSION_MISSING: Words("The firm's account lacks a right", "the firm grants the right"),
        Reason.CASE_NOT_FOUND: Words("SmartAdvocate shows no such case", "check the case's integration id"),
        Reason.READING_INCOMPLETE: Words("SmartAdvocate did not let every case be read", _OURS),
        Reason.ROUTE_UNKNOWN: Words("SmartAdvocate lacks the route", _OURS),
        Reason.REDIRECTED: Words("SmartAdvocate redirects", _OURS),
        Reason.HOST_NOT_ALLOWED: Words("SmartAdvocate's host is not allowed", _OURS),
        Reason.DOCUMENT_URL_EXPIRED: Words("The document's address has expired", "send a fresh one"),
        Reason.CONTENT_HOST_NOT_ALLOWED: Words("The document's host is not allowed", _OURS),
        Reason.MAIL_REFUSED: Words("The mail server does not accept casebridge", _OURS),
        Reason.OAUTH_ENDPOINT_UNKNOWN: Words("SmartAdvocate's log-in is not set up", _OURS),
        Reason.FIRM_UNKNOWN: Words("No such firm", "check firm_id, or add the firm"),
        Reason.CASE_BEING_IMPORTED: Words("The case is being imported", "nothing: it flows by itself"),
        Reason.CASE_NOT_IMPORTED: Words("The case could not be imported", "check the case's integration id"),
        Reason.ERROR: Words("It did not work", _OURS),
        Reason.REJECTED_BY_SMARTADVOCATE: Words(
            "SmartAdvocate refused the content", "correct it and send it anew"
        ),
        Reason.CONTENT_REFUSED: Words("The document's server refused", "let casebridge read the address"),
        Reason.CONTENT_MISMATCH: Words(
            "Another length or hash than announced", "send the right size and sha256"
        ),
        Reason.DOCUMENT_TOO_LARGE: Words("SmartAdvocate takes no file of this size", "send a smaller file"),
        Reason.RETRIES_SPENT: Words("Given up after a day of attempts", "mend the cause and replay"),
        Reason.LEASE_RAN_OUT: Words("A worker did not come back", "nothing: it is looked up and goes on"),
        Reason.DISCARDED: Words("A person gave it up", "send it as a new message, if it is wanted after all"),
        Reason.PROCESS_GONE: Words("A process did not come back", "nothing: it is looked up and goes on"),
        Reason.TEXT_PURGED: Words("The text has been removed", "send it as a new message"),
        Reason.INVALID_EVENT: Words("The event does not meet the contract", "correct it and send it again"),
        Reason.MALFORMED: Words("A field is missing or wrong", "correct the field and send it again"),
        Reason.OVERSIZED: Words("Over a limit", "keep within the limit and send it again"),
        Reason.FOREIGN: Words("Not an event of this contract", "send CloudEvents 1.0 of a known type"),
        Reason.UNKNOWN_TYPE: Words("The event's type is not known", "send a known type"),
        Reason.CONTRADICTORY: Words("Fields contradict each other", "correct the event and send it again"),
        Reason.FIRM_NOT_ALLOWED: Words(
            "The key does not reach this firm", "use a key of the firm, then send it again"
        ),
        Reason.CANCELLED: Words("It was cancelled", "what it did stays; the next one does the rest"),
        Reason.NOT_ALLOWED: Words("Not allowed", "use a key with the scope and the firm"),
        Reason.ALREADY_DECIDED: Words("It was decided before", "look at where it stands"),
        Reason.NOT_FOUND: Words("Not found", "check the id"),
        Reason.CONFIGURATION: Words("A value cannot be used", "correct what the detail names"),
        Reason.MAIL_ADDRESS_INVALID: Words("That is no e-mail address", "write it as name@example.com"),
        Reason.MAIL_NOT_SET: Words("No mail server is set", _OURS),
        Reason.MAIL_RECIPIENT_REFUSED: Words("The address takes no mail", "correct the address"),
        Reason.TOO_MANY_RECIPIENTS: Words("The firm has too many recipients", "remove one first"),
        Reason.CASES_WOULD_BREAK: Words(
            "Cases that come over now would do so no longer", "correct the settings, or insist"
        ),
        Reason.SETTINGS_OUTDATED: Words(
            "The settings have changed meanwhile", "read them again, and send the change with their ETag"
        ),
        Reason.KEY_REUSED: Words("The Idempotency-Key stands for another request", "use a key of its own"),
        Reason.KEY_IN_USE: Words("The same request is being carried out", _LATER),
        Reason.ANSWER_TOLD: Words("It was done before", "ask anew, with another Idempotency-Key"),
        Reason.POSITION_GONE: Words(
            "What was announced there is kept no longer", "read the cases anew, then follow from now on"
        ),
        Reason.SERVER_NOT_SET: Words("A server is not set", _OURS),
        Reason.ENCRYPTION_KEY_MISSING: Words("An encryption key is missing", _OURS),
        Reason.PORT_TAKEN: Words("A port is taken", _OURS),
        Reason.BROKER_REFUSED: Words("The broker refuses casebridge", _OURS),
        Reason.BROKER_DIFFERS: Words("The broker is set up in another way", _OURS),
        Reason.MIGRATION_CHANGED: Words("A migration differs from what was applied", _OURS),
        Reason.RELEASE_BEHIND: Words("A newer release has written this", _OURS),
        Reason.SCHEMA_BEHIND: Words("The database lacks migrations", _OURS),
        Reason.REMOVAL_BEHIND: Words("What is past its time has not been removed", _OURS),
        Reason.ROLE_MISSING: Words("The database lacks a role", _OURS),
        Reason.DATABASE_ENCODING: Words("The database is not encoded in UTF-8", _OURS),
        Reason.DATABASE_POOLED: Words("The database is behind a pooler that was not named", _OURS),
        Reason.ACCOUNT_OF_ANOTHER_FIRM: Words(
            "The account belongs to another firm", "use an account of this firm"
        ),
        Reason.WORKER_BROKEN: Words("A part of the worker has ended", _OURS),
        Reason.DATABASE_REFUSED: Words("The store refused a statement", _OURS),
        Reason.MALFORMED_JOB: Words("A job's message is not one of ours", _OURS),
        Reason.EMBEDDED_POSTGRES: Words("The embedded database could not be used", _OURS),
        Reason.EMBEDDED_PROGRAMS: Words("The embedded database's programs cannot be used", _OURS),
        Reason.EMBEDDED_ACCOUNT: Words("The embedded database has no account", _OURS),
        Reason.EMBEDDED_DATA: Words("The embedded database's data cannot be used", _OURS),
        Reason.DATA_FOLDER_UNUSABLE: Words("The data folder cannot be used", _OURS),
        Reason.DATA_FOLDER_IN_USE: Words("The data folder is in use", _OURS),
        Reason.DISK_FULL: Words("The disk is full", _OURS),
        Reason.CONSENT_FAILED: Words("Access was not allowed", "begin the consent anew"),
        **{
            reason: Words("Access was not allowed", "begin the consent anew")
            for reason in Reason
            if reason.startswith("consent_") and reason is not Reason.CONSENT_FAILED
        },
        Reason.SIGN_IN_FAILED: Words("The sign-in failed", "use an API key"),
        Reason.SIGN_IN_DENIED: Words("The identity provider refused", "use an API key"),
        Reason.SIGN_IN_UNAVAILABLE: Words("The identity provider cannot be used", "use an API key"),
        Reason.SIGN_IN_STATE: Words("The sign-in was not begun here", "use an API key"),
        Reason.PERSON_UNKNOWN: Words("The person has no role", "use an API key"),
    }
)

# What HTTP itself says, where no use case was reached: the word, the title, and what can be done.
STATUS_WORDS: Final[Mapping[int, tuple[str, Words]]] = MappingProxyType(
    {
        400: ("malformed", Words("The request cannot be read", "correct it and send it again")),
        404: ("not_found", Words("No such path", "see /docs for the paths there are")),
        405: ("method_not_allowed", Words("The path has no such method", "see Allow, or /docs")),
        406: ("not_acceptable", Words("It cannot be had in this form", "ask for application/json")),
        408: ("request_timeout", Words("The request took too long to come", "send it faster")),
        413: ("oversized", Words("Over a limit", "keep within the limit and send it again")),
        415: ("foreign", Words("The body is not in a form that is read here", "send application/json")),
        429: ("too_many_requests", Words("Too many requests", "wait as long as Retry-After says")),
        431: ("oversized", Words("The headers are too long", "send shorter ones")),
        500: ("unexpected_error", Words("An unexpected error", _OURS)),
        503: ("unavailable", Words("A server is away or busy", _LATER)),
    }
)


# What kind of thing is not there -> the route that lists such, or tells what is known.
LISTED_AT: Final[Mapping[Thing, str]] = MappingProxyType(
    {
        Thing.RUN: "/v1/runs",
        Thing.BULK: "/v1/bulk",
        Thing.DELIVERY: "/v1/deliveries",
        Thing.CASE: "/v1/firms/{firm_id}/cases",
        Thing.PROBLEM: "/v1/firms/{firm_id}/problems",
        Thing.VERIFICATION: "/v1/firms/{firm_id}/verifications",
        Thing.REPORT: "/v1/firms/{firm_id}/exception-reports",
        Thing.ISSUE: "/v1/issues",
        Thing.MUTED_ISSUE: "/v1/issues?muted=true",
        Thing.ANNOUNCEMENT: "/v1/announcements",
        Thing.REJECTED_EVENT: "/v1/rejected-events",
        Thing.VERSION: "/v1/firms/{firm_id}/setting-versions",
    }
)


def where_listed(thing: Thing, firm_id: str | None) -> str | None:
    """Return the next step for a thing that is not there; None for what the API has no list of."""
    route = LISTED_AT.get(thing)
    if route is None:
        return None
    if firm_id is not None:
        route = route.replace("{firm_id}", quote(firm_id, safe=""))
    return f"look at GET {route} for those that are there"
