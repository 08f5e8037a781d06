"""What the command line says of each reason, and which command helps."""

import re
from collections.abc import Mapping
from shlex import quote
from types import MappingProxyType
from typing import Final

from adapters.cli.nearest import nearest
from adapters.cli.thing_words import LISTS
from core.errors import CasebridgeError
from core.reason import Reason
from core.words import Words, WordTable

_PLACE: Final = re.compile(r"\b(FIRM|CASE|ID)\b")
_BY_ITSELF: Final = "It is tried again by itself"
_BY_HAND: Final = "Type it again in a while"
_OTHER_FOLDER: Final = "another data folder: --data DIR, or CASEBRIDGE_DATA_DIR"
_REPLAY: Final = "then let it leave again: casebridge deliveries replay --id ID"

WORDS: Final[WordTable] = MappingProxyType(
    {
        Reason.UNAVAILABLE: Words("A server is out of reach or busy", _BY_ITSELF),
        Reason.DATABASE_UNAVAILABLE: Words(
            "PostgreSQL is out of reach or busy",
            "Check that PostgreSQL is up and CASEBRIDGE_DATABASE_URL leads to it. What runs goes on by "
            "itself then; what was typed is to be typed again",
        ),
        Reason.BROKER_UNAVAILABLE: Words(
            "RabbitMQ is out of reach or busy",
            f"{_BY_ITSELF}. If it lasts, check that RabbitMQ is up and CASEBRIDGE_AMQP_URL leads to it; "
            "restarted, it keeps its queues and messages",
        ),
        Reason.NOT_REACHED: Words(
            "SmartAdvocate could not be reached",
            "Nothing was changed. Check the address (casebridge connect FIRM --url URL), that it is up, and "
            "that no firewall stands between; then connect again",
        ),
        Reason.STOPPING: Words("The process was stopping", _BY_ITSELF),
        Reason.RATE_LIMITED: Words(
            "SmartAdvocate asked for a pause",
            "What waits goes on by itself when it is over; what was typed is to be typed again then. "
            "Nothing is lost. Sooner: casebridge firms resume FIRM",
        ),
        Reason.PAUSED: Words(
            "A person paused the firm",
            "What waits goes on by itself when the pause is over. Sooner: casebridge firms resume FIRM",
        ),
        Reason.TOO_BUSY: Words("Too much is under way at once", "Try again in a minute"),
        Reason.LIMIT_REACHED: Words(
            "The firm's own limit left no room in time",
            f"{_BY_ITSELF}. Its limits: casebridge firms set FIRM concurrency=N requests_per_second=N",
        ),
        Reason.ANSWER_LOST: Words(
            "It was sent and the answer never came", "What is there is read before any repeat"
        ),
        Reason.UNEXPECTED_ERROR: Words(
            "casebridge met an error it does not know",
            "What is there is read before any repeat. Report the log line of this time",
        ),
        Reason.UNREADABLE_ANSWER: Words(
            "SmartAdvocate answered something the API does not describe",
            f"{_BY_ITSELF}. If it stays, look at the firm's profile: casebridge profile show FIRM",
        ),
        Reason.CONTENT_UNAVAILABLE: Words("The document's server is out of reach or busy", _BY_ITSELF),
        Reason.CONTENT_TOO_SLOW: Words("The document came too slowly", _BY_ITSELF),
        Reason.CONTENT_BROKEN_OFF: Words("The document's server broke off", _BY_ITSELF),
        Reason.NEEDS_PERSON: Words("Somebody has to act", "See: casebridge issues list"),
        Reason.RECONNECT_REQUIRED: Words(
            "SmartAdvocate refuses the firm's log-in",
            "Connect the firm again: casebridge connect FIRM --oauth. Nothing is lost meanwhile",
        ),
        Reason.NOT_CONNECTED: Words(
            "The firm is not connected to SmartAdvocate", "Connect it: casebridge connect FIRM --oauth"
        ),
        Reason.ADDRESS_MISSING: Words(
            "The firm has no SmartAdvocate address yet",
            "Give it: casebridge connect FIRM --url URL --oauth",
        ),
        Reason.FIRM_MOVED: Words(
            "The firm has moved to another cell",
            "Send it there. Where it stands: casebridge firms moves. If it is on its way and is to stay: "
            "casebridge firms call-off FIRM",
        ),
        Reason.MOVE_UNDER_WAY: Words(
            "The firm is being moved",
            "End the move: casebridge firms moves says where it stands, and docs/cells.md what comes next",
        ),
        Reason.FIRM_AT_WORK: Words(
            "Something of the firm has not come to its end",
            "The firm rests; go on when that is over: casebridge firms export FIRM FILE. Or let it work: "
            "casebridge firms call-off FIRM",
        ),
        Reason.FIRM_HERE_ALREADY: Words(
            "Something is kept of this firm already",
            "See what: casebridge firms moves, casebridge firms show FIRM. What stayed of a firm that once "
            "left is removed by casebridge firms delete FIRM",
        ),
        Reason.FIRM_FILE_UNUSABLE: Words(
            "The firm's file cannot be used",
            "Give both cells one release and one CASEBRIDGE_TRANSFER_KEY, and export the firm anew: "
            "casebridge firms export FIRM FILE",
        ),
        Reason.CELLS_ALIKE: Words(
            "Two cells cannot be told apart by their ids",
            "Each cell needs a CASEBRIDGE_CELL of its own; docs/cells.md says what to do where two have one",
        ),
        Reason.CODE_WRONG: Words(
            "The code does not open the firm",
            "Have it told in the old cell: casebridge firms hand-over FIRM",
        ),
        Reason.STILL_CONNECTED: Words(
            "The firm is still connected", "End its connection first: casebridge disconnect FIRM"
        ),
        Reason.ENDS_BY_ITSELF: Words(
            "Such an issue is over only when its cause is",
            "Cure the cause (casebridge issues list says how), or: casebridge issues mute FIRM KIND KEY",
        ),
        Reason.PERMISSION_MISSING: Words(
            "The connected SmartAdvocate account lacks a right",
            "See which: casebridge permissions FIRM. An administrator of the firm's SmartAdvocate grants it",
        ),
        Reason.CASE_NOT_FOUND: Words(
            "SmartAdvocate shows no such case",
            "Check that the case exists there, and that the connected account may see it",
        ),
        Reason.READING_INCOMPLETE: Words(
            "SmartAdvocate's answers did not let every case be met",
            "Ask its administrator for larger pages or a fixed order of the case search; it is read again",
        ),
        Reason.ROUTE_UNKNOWN: Words(
            "SmartAdvocate does not have this route",
            "Correct it in the firm's profile: casebridge profile show FIRM",
        ),
        Reason.REDIRECTED: Words(
            "SmartAdvocate sends elsewhere, which is not followed",
            "Check the firm's SmartAdvocate address: casebridge firms show FIRM",
        ),
        Reason.HOST_NOT_ALLOWED: Words(
            "The name of the firm's SmartAdvocate leads where casebridge may not go",
            "Check the address: casebridge firms show FIRM. If it is right, add the host to "
            "CASEBRIDGE_SMARTADVOCATE_HOSTS or CASEBRIDGE_SMARTADVOCATE_PRIVATE_HOSTS",
        ),
        Reason.DOCUMENT_URL_EXPIRED: Words(
            "The document's address is no longer good",
            "Case Status is asked for a fresh one, and it goes on with that",
        ),
        Reason.CONTENT_HOST_NOT_ALLOWED: Words(
            "The document lies on a host that is not allowed",
            "If it is right, add the host to CASEBRIDGE_DOCUMENT_HOSTS",
        ),
        Reason.MAIL_REFUSED: Words(
            "The mail server does not accept casebridge",
            "Correct CASEBRIDGE_SMTP_URL and CASEBRIDGE_MAIL_FROM; letters wait two days for that",
        ),
        Reason.OAUTH_ENDPOINT_UNKNOWN: Words(
            "An address of SmartAdvocate's log-in is not known",
            "Set CASEBRIDGE_SMARTADVOCATE_OAUTH_DISCOVERY_URL, or what is named",
        ),
        Reason.FIRM_UNKNOWN: Words(
            "There is no such firm",
            "The known ones: casebridge firms list. Add one: casebridge firms add FIRM",
        ),
        Reason.CASE_BEING_IMPORTED: Words(
            "The case is not here yet; its import is being tried", "It flows once the case is here"
        ),
        Reason.CASE_NOT_IMPORTED: Words(
            "The case could not be imported",
            "It is tried again every hour; at once: casebridge import FIRM CASE",
        ),
        Reason.ERROR: Words("It did not work"),
        Reason.REJECTED_BY_SMARTADVOCATE: Words(
            "SmartAdvocate refused the content", f"Correct what it names, {_REPLAY}"
        ),
        Reason.CONTENT_REFUSED: Words(
            "The document's server refused to give it", f"Ask Case Status for it, {_REPLAY}"
        ),
        Reason.CONTENT_MISMATCH: Words(
            "The document is not what its event said: another length or hash",
            "Nothing was stored. Ask Case Status to send it again",
        ),
        Reason.DOCUMENT_TOO_LARGE: Words(
            "SmartAdvocate takes no file of this size",
            f"Raise its limit, {_REPLAY}; or hand the file over another way",
        ),
        Reason.RETRIES_SPENT: Words("It was given up after a day of attempts", f"Mend the cause, {_REPLAY}"),
        Reason.LEASE_RAN_OUT: Words(
            "A worker took it up and did not come back", "What is there is read before any repeat"
        ),
        Reason.PROCESS_GONE: Words(
            "Its process gave no sign of life any more", "What is there is read before any repeat"
        ),
        Reason.TEXT_PURGED: Words(
            "Its text has been removed, as set for this firm",
            "It cannot leave again: have it sent anew from Case Status",
        ),
        Reason.DISCARDED: Words(
            "A person gave it up",
            "If it is wanted after all: casebridge deliveries replay --id ID",
        ),
        Reason.INVALID_EVENT: Words(
            "The event does not meet the contract",
            "Correct the sender, then: casebridge events replay ID",
        ),
        Reason.MALFORMED: Words("A field of the event is missing or wrong", "Correct the sender"),
        Reason.OVERSIZED: Words("The event, or a field of it, is too long", "Correct the sender"),
        Reason.FOREIGN: Words("The event is not one of this contract", "Correct the sender or its queue"),
        Reason.UNKNOWN_TYPE: Words("The event's type is not known", "Correct the sender"),
        Reason.CONTRADICTORY: Words("Fields of the event contradict each other", "Correct the sender"),
        Reason.FIRM_NOT_ALLOWED: Words(
            "The sender's API key does not reach the firm",
            "If it should, add the firm to the key in CASEBRIDGE_API_KEYS; the sender sends it again",
        ),
        Reason.CANCELLED: Words("Somebody has cancelled it", "Start it again: casebridge sync cases FIRM"),
        Reason.NOT_ALLOWED: Words("You may not do this", "Ask an implementation manager"),
        Reason.ALREADY_DECIDED: Words("It was decided before", "See where it stands: casebridge bulk list"),
        Reason.NOT_FOUND: Words("There is no such thing", "Check its number or name"),
        Reason.CONFIGURATION: Words("A setting cannot be used"),
        Reason.MAIL_ADDRESS_INVALID: Words("That is no e-mail address", "Write it as name@example.com"),
        Reason.MAIL_NOT_SET: Words(
            "No mail server is set", "Set CASEBRIDGE_SMTP_URL and CASEBRIDGE_MAIL_FROM, then start again"
        ),
        Reason.MAIL_RECIPIENT_REFUSED: Words(
            "The mail server does not deliver to this address",
            "Check it: casebridge notifications list FIRM",
        ),
        Reason.TOO_MANY_RECIPIENTS: Words(
            "The firm has as many recipients as there may be",
            "Take one off: casebridge notifications remove FIRM ADDRESS; or use a distribution list",
        ),
        Reason.CASES_WOULD_BREAK: Words(
            "Cases that come over now would do so no longer",
            "Look at one: casebridge mapping preview FIRM CASE. To save it all the same: --anyway",
        ),
        Reason.SETTINGS_OUTDATED: Words(
            "Somebody else has changed the settings meanwhile",
            "Look at them: casebridge mapping history FIRM",
        ),
        Reason.KEY_REUSED: Words("The key stands for another request", "Choose another key"),
        Reason.KEY_IN_USE: Words("The same request is being carried out", "Wait for it to end"),
        Reason.ANSWER_TOLD: Words("It was done before", "Ask anew, with another key"),
        Reason.POSITION_GONE: Words(
            "What was announced there is kept no longer", "Read the cases anew, then follow from now on"
        ),
        Reason.SERVER_NOT_SET: Words(
            "Separate processes need to be told where their server is",
            "Set it, or let everything run in one process with its own: casebridge run",
        ),
        Reason.ENCRYPTION_KEY_MISSING: Words(
            "The key that encrypted passwords and tokens is not here, or is another one of its name",
            "Restore it in CASEBRIDGE_SECRET_KEYS (a new one: openssl rand -base64 32), or connect the firm "
            "again: casebridge connect FIRM --oauth",
        ),
        Reason.PORT_TAKEN: Words(
            "The port cannot be listened on", "Stop what uses the port, or name another: --port"
        ),
        Reason.BROKER_REFUSED: Words(
            "RabbitMQ refuses what casebridge needs",
            "Correct CASEBRIDGE_AMQP_URL, or grant its account the virtual host with the rights to "
            "configure, write and read",
        ),
        Reason.BROKER_DIFFERS: Words(
            "RabbitMQ has something of casebridge's with other properties",
            "Empty and delete it there, or correct the policy or program that made it; then start again",
        ),
        Reason.MIGRATION_CHANGED: Words(
            "A migration differs from what was applied",
            "Restore the file of the release that applied it, and add a new migration instead",
        ),
        Reason.RELEASE_BEHIND: Words(
            "A newer release of casebridge has written this", "Update this installation"
        ),
        Reason.SCHEMA_BEHIND: Words("The database lacks migrations", "Run: casebridge migrate"),
        Reason.REMOVAL_BEHIND: Words(
            "What is past its time has not been removed",
            "See that casebridge schedule runs, and what its log says under removal_waits",
        ),
        Reason.ROLE_MISSING: Words(
            "The database lacks the role for people and programs",
            "Run casebridge migrate: it makes the role, or prints the statements for somebody who may",
        ),
        Reason.DATABASE_ENCODING: Words(
            "The database is not encoded in UTF-8",
            "Make one that is, and name it in CASEBRIDGE_DATABASE_URL: create database NAME template "
            "template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'",
        ),
        Reason.DATABASE_POOLED: Words(
            "A connection pooler stands between casebridge and PostgreSQL",
            "Name the way around it as well: CASEBRIDGE_DIRECT_DATABASE_URL, a URL that leads to PostgreSQL "
            "itself. CASEBRIDGE_DATABASE_URL may stay as it is",
        ),
        Reason.ACCOUNT_OF_ANOTHER_FIRM: Words(
            "This SmartAdvocate account belongs to another firm",
            "Nothing was changed. Connect with an account of the same firm",
        ),
        Reason.WORKER_BROKEN: Words(
            "A part of the process has ended", "Its log lines say why; its supervisor is to start it again"
        ),
        Reason.DATABASE_REFUSED: Words(
            "The database refused a statement", "This is a defect of casebridge: please report it"
        ),
        Reason.MALFORMED_JOB: Words(
            "A job's message is not one of ours", "Look for who else publishes into casebridge's queues"
        ),
        Reason.EMBEDDED_POSTGRES: Words(
            "The embedded PostgreSQL could not be used",
            "Cure what is named; started again, it goes on where it was",
        ),
        Reason.EMBEDDED_PROGRAMS: Words(
            "The embedded PostgreSQL's programs cannot be used",
            "Install the locked dependencies again, or set CASEBRIDGE_DATABASE_URL",
        ),
        Reason.EMBEDDED_ACCOUNT: Words(
            "The embedded PostgreSQL has no account to run under",
            "Start it as an ordinary user, or set CASEBRIDGE_DATABASE_URL",
        ),
        Reason.EMBEDDED_DATA: Words(
            "The data folder's database cannot be used as it is",
            "Put back what is missing, bring the data over with pg_dump and pg_restore, or begin anew in "
            f"{_OTHER_FOLDER}",
        ),
        Reason.DATA_FOLDER_UNUSABLE: Words(
            "The data folder cannot be used", f"Let this account write there, or name {_OTHER_FOLDER}"
        ),
        Reason.DATA_FOLDER_IN_USE: Words(
            "The data folder is in use", f"Stop the process that is named, or name {_OTHER_FOLDER}"
        ),
        Reason.DISK_FULL: Words(
            "The disk of the data folder is full",
            f"Free some space (a new database needs 50 MB), or name {_OTHER_FOLDER}",
        ),
        Reason.SIGN_IN_FAILED: Words("The sign-in failed", "Try again; casebridge web logs why"),
        Reason.SIGN_IN_DENIED: Words("The identity provider refused", "Ask its administrator for access"),
        Reason.SIGN_IN_UNAVAILABLE: Words(
            "The identity provider cannot be used", "Check the CASEBRIDGE_OIDC settings, and that it is up"
        ),
        Reason.SIGN_IN_STATE: Words("The sign-in was not begun in this browser", "Begin it anew"),
        Reason.PERSON_UNKNOWN: Words("Somebody without a role signed in", "Give one: casebridge people add"),
        Reason.CONSENT_FAILED: Words(
            "Access was not allowed", "Make a new link: casebridge connect FIRM --oauth"
        ),
        **{
            reason: Words(f"SmartAdvocate answered the consent with {reason.removeprefix('consent_')}", step)
            for reason, step in {
                Reason.CONSENT_ACCESS_DENIED: "Somebody who may allow access must choose 'Allow Access'",
                Reason.CONSENT_SERVER_ERROR: "Try again in a few minutes",
                Reason.CONSENT_TEMPORARILY_UNAVAILABLE: "Try again in a while",
                Reason.CONSENT_INVALID_REQUEST: "Check the OAuth settings",
                Reason.CONSENT_UNAUTHORIZED_CLIENT: "Ask SmartAdvocate to allow this way of asking",
                Reason.CONSENT_UNSUPPORTED_RESPONSE_TYPE: "Ask SmartAdvocate which way it offers",
                Reason.CONSENT_INVALID_SCOPE: "Check CASEBRIDGE_SMARTADVOCATE_OAUTH_SCOPES",
                Reason.CONSENT_INVALID_CLIENT: "Check CASEBRIDGE_SMARTADVOCATE_OAUTH_CLIENT_ID and _SECRET",
                Reason.CONSENT_INVALID_GRANT: "Make a new link: casebridge connect FIRM --oauth",
                Reason.CONSENT_UNSUPPORTED_GRANT_TYPE: "Ask SmartAdvocate which way it offers",
                Reason.CONSENT_STATE: "Make a new link: casebridge connect FIRM --oauth",
                Reason.CONSENT_OTHER: "Make a new link, and tell SmartAdvocate if it stays",
            }.items()
        },
    }
)


def sentence(error: CasebridgeError) -> str:
    """Return the error of what somebody typed as one line: what was seen or meant, and the next step.

    Nothing tries that again by itself.
    """
    facts = error.facts
    seen = str(error) or WORDS[error.reason].what
    meant = nearest(facts.asked, facts.known) if facts.asked and facts.known else None
    if meant is not None:
        return joined(seen, f"Did you mean {meant!r}?")
    if facts.thing is not None:
        return joined(seen, _filled(LISTS[facts.thing], {"FIRM": facts.firm_id, "CASE": facts.case_id}))
    step = next_step(error.reason, firm_id=facts.firm_id, case_id=facts.case_id)
    return joined(seen, step.replace(_BY_ITSELF, _BY_HAND))


def next_step(
    reason: Reason, *, firm_id: str | None = None, case_id: str | None = None, number: int | None = None
) -> str:
    """Return what can be done, ready to be typed as far as the firm, the case or the number is known."""
    known = {"FIRM": firm_id, "CASE": case_id, "ID": None if number is None else str(number)}
    return _filled(WORDS[reason].next_step, known)


def _filled(text: str, known: Mapping[str, str | None]) -> str:
    """Return the text with what is known in its places."""
    return _PLACE.sub(lambda place: quote(known.get(place[0]) or place[0]), text)


def joined(seen: str, step: str) -> str:
    """Return both as one text, in one line where what was seen is one."""
    if not step:
        return seen
    return f"{seen}\n{step}" if "\n" in seen else f"{seen.rstrip('.')}. {step}"
