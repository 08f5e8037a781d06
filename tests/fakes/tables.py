"""The rows of the in-memory store. All are immutable, so a copy of the tables is a snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from core.announced import Announced
from core.api_key import ApiKey
from core.audit import AuditEntry
from core.bulk import BulkOperation
from core.case import Case
from core.changes import PastChange
from core.delivery import DeliveryState, LostClaim
from core.delivery_selection import TimelineEntry
from core.event import EventKind
from core.firm import Firm
from core.firm_view import NameKind, SourceName
from core.issue import Issue
from core.kept_answer import KeptAnswer
from core.letter import NewLetter, Recipient
from core.move import Move
from core.night import Round
from core.outbox_row import OutboxRow
from core.person import Person
from core.ports.inbox import RejectedEvent
from core.probe import ProbeResult
from core.problem import CaseProblem
from core.process import AboutProcess
from core.reason import Reason
from core.retention import Remembered
from core.run import CaseResult, Run
from core.schedule import JobName
from core.session import Session, Visitor
from core.setting_version import SettingVersion
from core.shared_note import SeenNote

LaneKey = tuple[str, EventKind, str]  # firm id, kind, case integration id


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as stored. `doubtful_since` stays set until it is delivered, whatever happens between."""

    delivery_id: int
    lane: LaneKey
    subject_id: str
    occurred_at: datetime
    data: Mapping[str, Any]
    state: DeliveryState
    attempts: int = 0
    first_attempt_at: datetime | None = None
    doubtful_since: datetime | None = None
    run_at: datetime | None = None
    ended_at: datetime | None = None
    stored_id: str | None = None
    reason: Reason | None = None
    detail: str | None = None
    adopted: bool = False
    purged_at: datetime | None = None
    late: bool = False
    began_at: datetime | None = None
    probe_of: Reason | None = None
    lost_claim: LostClaim | None = None
    lost_at: datetime | None = None
    created_at: datetime | None = None

    @property
    def place(self) -> tuple[datetime, int]:
        """Where it stands in its lane."""
        return (self.occurred_at, self.delivery_id)


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A lane: claimed while it has an owner, else ready at `ready_at`, else at rest (None).

    `place` is where it stands in its owner's claim.
    """

    ready_at: datetime | None = None
    held_for: str | None = None
    owner: str | None = None
    place: int = 0
    newest_at: datetime | None = None
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job: waiting while it has no owner, else being worked on. A parked one waits for a seat."""

    job_id: int
    name: JobName
    firm_id: str
    run_id: int | None
    published_at: datetime
    owner: str | None = None
    is_parked: bool = False


@dataclass(frozen=True, slots=True)
class HandSeat:
    """A command's seat, or its request for one."""

    firm_id: str
    is_taken: bool
    owner: str


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process. `calls_until` is set with `gone_at`: the last moment in which it can have begun a call."""

    process_id: int
    about: AboutProcess
    started_at: datetime
    seen_at: datetime
    gone_at: datetime | None = None
    calls_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter; `due_at` is None once it was sent or given up."""

    letter: NewLetter
    written_at: datetime
    due_at: datetime | None
    tries: int = 0
    ended_at: datetime | None = None

    @property
    def firm_id(self) -> str:
        """Whose it is."""
        return self.letter.firm_id


@dataclass(frozen=True, slots=True)
class WatchedRow:
    """A case whose notes are read in turn."""

    since: datetime
    is_known: bool = False
    is_closed: bool = False
    read_at: datetime | None = None
    active_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A request that took its key at `taken_at`; its answer, once there is one."""

    fingerprint: bytes
    taken_at: datetime
    lease_until: datetime
    answer: KeptAnswer | None = None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session; `idle` is how long it may be so."""

    session: Session
    idle: timedelta


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that signs somebody in."""

    visitor: Visitor
    until: datetime


@dataclass
class Tables:
    """`inbox` holds digests, `timelines` entries with the delivery they are of.

    `case_times` holds when each case was stored first and last, `two_way` when a firm began and was seen.
    `wakes` holds when firms are to go on after a pause, `rests` until when runs are put off, `run_sets` what
    the reading of one set has met, `slots` whether each is done.
    """

    firms: dict[str, Firm] = field(default_factory=dict)
    wakes: dict[str, datetime] = field(default_factory=dict)
    inbox: dict[tuple[str, EventKind, str], str] = field(default_factory=dict)
    remembered: dict[tuple[str, EventKind, str], Remembered] = field(default_factory=dict)
    inbox_times: dict[tuple[str, EventKind, str], datetime] = field(default_factory=dict)
    removals: dict[str, tuple[datetime | None, datetime | None, int]] = field(default_factory=dict)
    rejected: dict[int, RejectedEvent] = field(default_factory=dict)
    rejected_at: dict[int, datetime] = field(default_factory=dict)
    replayed_at: dict[int, datetime] = field(default_factory=dict)
    deliveries: dict[int, DeliveryRow] = field(default_factory=dict)
    lanes: dict[LaneKey, LaneRow] = field(default_factory=dict)
    timelines: dict[int, tuple[int, TimelineEntry]] = field(default_factory=dict)
    probes: dict[tuple[str, EventKind, str], datetime] = field(default_factory=dict)
    strays: dict[tuple[int, str], datetime] = field(default_factory=dict)
    cases: dict[tuple[str, str], Case] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    rests: dict[int, datetime] = field(default_factory=dict)
    run_sets: dict[int, frozenset[str]] = field(default_factory=dict)
    results: dict[tuple[int, str], CaseResult] = field(default_factory=dict)
    jobs: dict[int, JobRow] = field(default_factory=dict)
    hand_seats: dict[int, HandSeat] = field(default_factory=dict)
    slots: dict[tuple[JobName, datetime], bool] = field(default_factory=dict)
    rounds: dict[JobName, Round] = field(default_factory=dict)
    outbox: dict[int, OutboxRow] = field(default_factory=dict)
    issues: dict[tuple[str, str, str], Issue] = field(default_factory=dict)
    issue_numbers: dict[tuple[str, str, str], int] = field(default_factory=dict)
    case_changes: dict[int, tuple[str, PastChange]] = field(default_factory=dict)
    problems: dict[tuple[str, str], tuple[CaseProblem, int, int]] = field(default_factory=dict)
    exception_reports: dict[tuple[str, date], dict[str, Any]] = field(default_factory=dict)
    mutes: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    setting_versions: dict[tuple[str, int], SettingVersion] = field(default_factory=dict)
    probe_results: dict[int, ProbeResult] = field(default_factory=dict)
    audit: dict[int, AuditEntry] = field(default_factory=dict)
    case_times: dict[tuple[str, str], tuple[datetime, datetime]] = field(default_factory=dict)
    two_way: dict[str, tuple[datetime, datetime | None]] = field(default_factory=dict)
    watched: dict[tuple[str, str], WatchedRow] = field(default_factory=dict)
    seen_notes: dict[tuple[str, str], SeenNote] = field(default_factory=dict)
    problem_times: dict[tuple[str, str], datetime] = field(default_factory=dict)
    names: dict[tuple[str, NameKind, str], tuple[SourceName, datetime]] = field(default_factory=dict)
    connection_versions: dict[str, int] = field(default_factory=dict)
    bulk: dict[int, BulkOperation] = field(default_factory=dict)
    bulk_touched: dict[int, datetime] = field(default_factory=dict)
    discarded: dict[int, tuple[datetime, str]] = field(default_factory=dict)

    recipients: dict[tuple[str, str], Recipient] = field(default_factory=dict)
    letters: dict[int, LetterRow] = field(default_factory=dict)
    told: dict[tuple[int, str], tuple[str, int, int | None]] = field(default_factory=dict)
    told_issues: dict[int, Issue] = field(default_factory=dict)
    wanted_results: dict[tuple[int, str], tuple[str]] = field(default_factory=dict)
    sessions: dict[str, SessionRow] = field(default_factory=dict)
    sign_in_links: dict[str, LinkRow] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    api_keys: dict[int, ApiKey] = field(default_factory=dict)
    outbox_tries: dict[int, tuple[int, datetime | None]] = field(default_factory=dict)
    tries: dict[tuple[str, str, str], tuple[int, datetime]] = field(default_factory=dict)
    announced: dict[int, Announced] = field(default_factory=dict)
    answers: dict[tuple[str, str], AnswerRow] = field(default_factory=dict)

    sign_in_tries: dict[str, datetime] = field(default_factory=dict)
    processes: dict[int, ProcessRow] = field(default_factory=dict)
    moves: dict[str, Move] = field(default_factory=dict)
    server: dict[str, datetime] = field(default_factory=dict)

    def snapshot(self) -> "Tables":
        """Return a copy that shares the immutable rows."""
        return Tables(*map(dict.copy, _EACH(self)))

    def begun(self) -> "Tables":
        """Return a copy for a transaction: each table is copied when it is first asked for."""
        copy = object.__new__(Tables)
        copy.__dict__["_before"] = self.__dict__
        return copy

    def ended(self) -> "Tables":
        """Return what a transaction leaves: its copies, and all other tables as they stood."""
        before = self.__dict__.pop("_before")
        self.__dict__ = {**before, **self.__dict__}
        return self

    if not TYPE_CHECKING:  # or every misspelled name were a table

        def __getattr__(self, name: str) -> object:
            before = self.__dict__.get("_before", {})
            if name not in before:
                raise AttributeError(name)
            table = self.__dict__[name] = before[name].copy()
            return table


_EACH = attrgetter(*(table.name for table in fields(Tables)))
