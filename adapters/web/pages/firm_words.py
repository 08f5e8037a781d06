"""What a firm's pages say: of results, states, problems, fields and next steps, in the firm's words."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from adapters.web.pages.shell.numbers import count
from adapters.web.pages.shell.times import span, there
from core.case import Outcome, SkipReason
from core.delivery import DeliveryState
from core.event import EventKind
from core.firm import ConnectionState
from core.firm_view import ProblemGroup
from core.issue import IssueKind
from core.problem import CaseProblem
from core.progress import Progress
from core.queries.firm_home import NextStep
from core.queries.why_not_here import Absence
from core.run import Run, RunState, Trigger
from core.setting_version import SettingKind
from core.words import Words

CONNECTIONS: Final[Mapping[ConnectionState, tuple[str, str]]] = MappingProxyType(
    {
        ConnectionState.CONNECTED: ("good", "Connected"),
        ConnectionState.NOT_CONNECTED: ("info", "Not connected yet"),
        ConnectionState.RECONNECT_REQUIRED: ("bad", "The connection is lost"),
        ConnectionState.DISCONNECTED: ("off", "Disconnected"),
    }
)

OUTCOMES: Final[Mapping[Outcome, tuple[str, str]]] = MappingProxyType(
    {
        Outcome.CREATED: ("good", "Imported"),
        Outcome.UPDATED: ("info", "Updated"),
        Outcome.CLOSED: ("off", "Closed"),
        Outcome.REOPENED: ("info", "Reopened"),
        Outcome.UNCHANGED: ("off", "Unchanged"),
        Outcome.SKIPPED: ("wait", "Skipped"),
    }
)

STATES: Final[Mapping[RunState, tuple[str, str]]] = MappingProxyType(
    {
        RunState.WAITING: ("info", "Under way"),
        RunState.FINISHED: ("good", "Finished"),
        RunState.INCOMPLETE: ("wait", "Incomplete"),
        RunState.FAILED: ("bad", "Failed"),
        RunState.CANCELLED: ("off", "Cancelled"),
    }
)

TRIGGERS: Final[Mapping[Trigger, str]] = MappingProxyType(
    {
        Trigger.NIGHTLY: "Nightly sync",
        Trigger.MANUAL: "Sync by hand",
        Trigger.RESET: "Ten years again",
        Trigger.SINGLE: "One case",
        Trigger.RETRY: "Cases with a problem, tried again",
    }
)

DELIVERIES: Final[Mapping[DeliveryState, tuple[str, str]]] = MappingProxyType(
    {
        DeliveryState.PENDING: ("info", "On its way"),
        DeliveryState.SENDING: ("info", "Being sent"),
        DeliveryState.DELIVERED: ("good", "In SmartAdvocate"),
        DeliveryState.RETRYING: ("wait", "Tried again by itself"),
        DeliveryState.HELD: ("wait", "Waits for somebody"),
        DeliveryState.FAILED: ("bad", "Given up"),
        DeliveryState.UNKNOWN: ("wait", "Being looked for in SmartAdvocate"),
    }
)

KINDS: Final[Mapping[EventKind, str]] = MappingProxyType(
    {EventKind.MESSAGE_SENT: "message", EventKind.DOCUMENT_UPLOADED: "document"}
)

FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "integration_id": "Integration id",
        "readable_id": "Case number",
        "practice_area": "Practice area",
        "stage": "Stage",
        "lead_attorney": "Lead attorney",
        "attorneys": "Other attorneys",
        "paralegals": "Paralegals",
        "client_first_name": "Client's first name",
        "client_last_name": "Client's last name",
        "client_phone": "Client's phone",
        "client_email": "Client's e-mail",
        "description": "Description",
        "case_date": "Case date",
        "closed": "Closed",
    }
)

SETTINGS: Final[Mapping[SettingKind, str]] = MappingProxyType(
    {
        SettingKind.FIELD_MAPPING: "Fields",
        SettingKind.PRACTICE_AREAS: "Practice areas and stages",
        SettingKind.CLOSING: "How closed is said",
        SettingKind.PROFILE: "SmartAdvocate profile",
    }
)

# Titles of problems: NAME and SCOPE stand for what SmartAdvocate says.
PROBLEMS: Final[Mapping[SkipReason, Words]] = MappingProxyType(
    {
        SkipReason.NO_LEAD_ATTORNEY: Words(
            "No lead attorney",
            "Put somebody in the lead attorney's role in SmartAdvocate, or map another role",
        ),
        SkipReason.NO_CLIENT: Words("No client", "Add a plaintiff to the case in SmartAdvocate"),
        SkipReason.NO_VALID_PHONE: Words(
            "No valid cell phone",
            "Give the main plaintiff a valid phone number in SmartAdvocate: clients log in with it",
        ),
        SkipReason.NO_CLIENT_NAME: Words(
            "The client's first or last name is missing",
            "Complete the main plaintiff's name in SmartAdvocate",
        ),
        SkipReason.NO_READABLE_ID: Words("No case number", "Give the case a number in SmartAdvocate"),
        SkipReason.PRACTICE_AREA_UNMAPPED: Words(
            "Case type “NAME” has no practice area", "Choose the practice area it belongs to"
        ),
        SkipReason.STAGE_UNMAPPED: Words(
            "Status “NAME” has no stage in SCOPE", "Choose the stage that clients see for it"
        ),
        SkipReason.REQUIRED_FIELD_MISSING: Words(
            "A field your firm requires is empty: NAME",
            "Fill it in in SmartAdvocate, or make it optional in the mapping",
        ),
        SkipReason.UNREADABLE: Words(
            "SmartAdvocate's answer cannot be read",
            "Look at the case in SmartAdvocate; if it looks right there, tell your implementation manager",
        ),
        SkipReason.NOT_FOUND: Words(
            "SmartAdvocate no longer shows the case",
            "It was deleted, merged, or is hidden from the connected account",
        ),
        SkipReason.PERMISSION_MISSING: Words(
            "The connected account may not see the case",
            "Ask your SmartAdvocate administrator to let the connected account see it",
        ),
    }
)

NEXT_STEPS: Final[Mapping[NextStep, tuple[str, str, str]]] = MappingProxyType(
    {  # what to do, why, and the page where
        NextStep.CONNECT: ("Connect SmartAdvocate", "Nothing flows before that.", "/connection"),
        NextStep.RECONNECT: (
            "Reconnect SmartAdvocate",
            "It no longer accepts our log-in. What waits goes out by itself afterwards.",
            "/connection",
        ),
        NextStep.GRANT_RIGHTS: (
            "See what the connected account may do",
            "Rights that lack hold things up.",
            "/connection",
        ),
        NextStep.SET_UP_STAGES: (
            "Set up practice areas and stages",
            "Without them no case can come over.",
            "/mapping",
        ),
        NextStep.VERIFY: (
            "Try 2 to 5 test cases",
            "So that the first import brings no surprise.",
            "/verifications",
        ),
        NextStep.FIRST_IMPORT: (
            "Start the first import",
            "It brings the cases of the last ten years.",
            "/cases",
        ),
        NextStep.MEND: ("Mend what keeps cases back", "Most need one choice.", "/problems"),
        NextStep.LOOK_AT_DELIVERIES: (
            "See what waits for somebody",
            "Messages or documents are held up.",
            "/problems",
        ),
        NextStep.NOTHING: ("Nothing to do", "Everything flows by itself.", ""),
    }
)

ABSENCES: Final[Mapping[Absence, tuple[str, str, str]]] = MappingProxyType(
    {  # tone, what, what it means
        Absence.HERE: ("good", "It is here", "It is kept up to date by itself."),
        Absence.KEEPS: (
            "wait",
            "It is here, but keeps what it had",
            "Something new in SmartAdvocate matches nothing here.",
        ),
        Absence.SKIPPED: (
            "wait",
            "It is skipped",
            "It is tried again every night, and when the cause is mended.",
        ),
        Absence.BEING_READ: (
            "info",
            "A sync is under way",
            "It may bring the case; look again when it has finished.",
        ),
        Absence.NOT_CONNECTED: (
            "bad",
            "SmartAdvocate is not connected",
            "No case can come over before it is.",
        ),
        Absence.INDIVIDUALLY: (
            "info",
            "Only cases that somebody names come over",
            "Your firm imports cases individually: sync this one by hand.",
        ),
        Absence.NO_IMPORT_YET: (
            "info",
            "The first import has not finished",
            "Start it under Cases, or sync this case alone.",
        ),
        Absence.NEVER_SEEN: (
            "off",
            "No sync has met such a case lately",
            "It may not have changed within the window, may be hidden from the connected account, or have "
            "another number. Sync it by its address or id.",
        ),
    }
)

ISSUES: Final[Mapping[IssueKind, Words]] = MappingProxyType(
    {
        IssueKind.CONNECTION_LOST: Words("The connection is lost", "Reconnect SmartAdvocate"),
        IssueKind.ACCOUNT_RIGHT_MISSING: Words(
            "The connected account lacks a right", "Your SmartAdvocate administrator grants it"
        ),
        IssueKind.SYNC_FAILED: Words(
            "A sync was given up", "Cure what is named, then sync again under Cases"
        ),
        IssueKind.SYNC_INCOMPLETE: Words(
            "A sync may have missed cases", "Your implementation manager sees it and helps"
        ),
        IssueKind.PRACTICE_AREA_UNMAPPED: Words("A case type has no practice area", "Choose one above"),
        IssueKind.STAGE_UNMAPPED: Words("A status has no stage", "Choose one above"),
        IssueKind.CASE_VANISHED: Words(
            "SmartAdvocate no longer shows a case",
            "Close it in Case Status, or give the account the right to see it",
        ),
        IssueKind.DELIVERY_HELD: Words("Deliveries wait", "Cure the reason; they go out by themselves"),
        IssueKind.DELIVERY_FAILED: Words("Deliveries were given up", "Cure the reason, then send them again"),
        IssueKind.CONTRADICTING_EVENT: Words(
            "Something was sent twice, and differently",
            "Your implementation manager asks which is right, then calls it dealt with",
        ),
        IssueKind.NOTE_TYPE_UNKNOWN: Words(
            "A note type is not there", "Make it in SmartAdvocate, or have another one set"
        ),
        IssueKind.DOCUMENT_CATEGORY_UNKNOWN: Words(
            "A document category is not there", "Make it in SmartAdvocate, or have another one set"
        ),
        IssueKind.PAUSE_SHORTENED: Words(
            "SmartAdvocate asked for a very long pause", "Your implementation manager sees it and helps"
        ),
        IssueKind.SHARED_NOTES_UNREAD: Words(
            "Notes to clients cannot be read", "Cure what is named; they are read again by themselves"
        ),
        IssueKind.WRITTEN_TWICE: Words(
            "Something is in SmartAdvocate twice",
            "Look at both there and remove the second one, then call it dealt with",
        ),
        IssueKind.SHARED_NOTE_UNREADABLE: Words(
            "A note to a client cannot be sent as a message", "Send its words another way, or write it anew"
        ),
        IssueKind.JOB_FAILED: Words(
            "Something went wrong on our side", "It is tried again by itself; if it stays, tell us"
        ),
    }
)


def title_of(group: ProblemGroup | CaseProblem) -> str:
    """Return a problem's title, with what SmartAdvocate calls it."""
    name = (
        FIELDS.get(group.name, group.name)
        if group.reason is SkipReason.REQUIRED_FIELD_MISSING
        else group.name
    )
    return (
        PROBLEMS[group.reason]
        .what.replace("SCOPE", group.scope or "its practice area")
        .replace("NAME", name or "(empty)")
    )


def minute(moment: datetime, zone: str) -> str:
    """Return the time of day by the clocks of the zone, as all times of a firm's page are: `17:37`."""
    return f"{there(moment, zone):%H:%M}"


def day(date_: date) -> str:
    """Return a day as people write it: `2 November 2026`."""
    return f"{date_.day} {date_:%B %Y}"


def skipped(reason: str) -> str:
    """Return why cases were skipped, whatever it is about; as it is where only another release knows it."""
    if reason not in PROBLEMS:
        return reason.replace("_", " ")
    what = PROBLEMS[SkipReason(reason)].what.replace("SCOPE", "its practice area")
    return what.replace(" “NAME”", "").replace(": NAME", "")


def issue_words(kind: str) -> Words:
    """Return what is said of an issue; of a kind that only another release knows its own word."""
    return ISSUES[IssueKind(kind)] if kind in tuple(IssueKind) else Words(kind.replace("_", " "))


def doing(run: Run, progress: Progress) -> str:
    """Return what a run is doing: pages, cases, rate and time left, as far as they are known."""
    parts = [progress.doing[:1].upper() + progress.doing[1:]]
    if progress.pages:
        parts.append(f"{count(progress.cases, 'case')} on {count(progress.pages, 'page')}")
    if progress.per_second >= 0.1 and run.state is RunState.WAITING:
        parts.append(
            f"{progress.per_second:,.0f} a second" if progress.per_second >= 1 else "less than 1 a second"
        )
    if progress.time_left is not None and progress.time_left > timedelta(0):
        parts.append(f"{'about ' if progress.estimated else ''}{span(progress.time_left)} left")
    return ", ".join(parts)
