"""Every call that the desk answers, with arguments that are about one firm: made from its types.

A new use case or query is tried by itself. One with an argument of a type that is not known here says so.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, get_type_hints

from core.actor import SYSTEM, Actor, Power, Reach, Role
from core.announcement import AnnouncementKind
from core.bulk import BulkKind
from core.case import Outcome, SkipReason
from core.closing import ClosedRule
from core.credentials import Credentials, Issued, PasswordCredentials
from core.delivery_selection import Selection
from core.desk import Desk
from core.errors import NotAllowedError, RejectedBySmartAdvocateError, UnknownThingError
from core.field_mapping import FieldMapping
from core.firm import Firm
from core.firm_view import CaseFilter, NameKind, SourceName
from core.issue import IssueKind
from core.kept_answer import KeptAnswer
from core.letter import LetterKind, NewLetter, News
from core.overview import Behind, FirmOrder
from core.paging import Place
from core.person import Person
from core.ports.tries import Thing
from core.ports.unit_of_work import UnitOfWork
from core.queries.announcements import Position
from core.reason import Reason
from core.run import Trigger
from core.setting_version import SettingKind
from core.stage import PracticeAreas
from core.usecases.copy_mapping import COPIED
from core.usecases.import_case import FoundCase
from core.usecases.receive_events import Incoming, Receipt, Verdict
from tests.fakes.faults import Before
from tests.fakes.samples import AREAS, NOON, a_firm, a_source_case, event_body, message_data
from tests.fakes.service import FakeService

# What asks for no actor, and why that is right.
WITHOUT_ACTOR: Mapping[str, str] = {
    "clock.now": "the time is nobody's",
    "count_requests.take": "who tries to sign in is nobody yet",
    "count_requests.note": "whoever asks is counted before anybody knows who it is",
    "sign_in.by_link": "opened by a link's secret",
    "sign_in.by_provider": "opened by a code of the identity provider's",
    "sign_in.authorize_url": "where strangers go to sign in is nobody's",
    "keep_session.find": "a session's secret says whom it stands for",
    "keep_session.own": "opened by a session's secret",
    "keep_session.sign_out": "opened by a session's secret",
    "keep_session.sign_out_everywhere": "opened by a session's secret",
    "keep_session.end_one": "opened by a session's secret",
    "identify_program.__call__": "an API key's secret says whom it stands for",
    "connect_by_consent.finish": "opened by a session's secret, and the state's that belongs to it",
}
NAMED_BY_NUMBER = frozenset(
    {"run_id", "delivery_id", "number", "key_id", "name", "bulk_id", "announcement_id"}
)
REFUSED = "refused"
_HOUR = timedelta(hours=1)
_CREDENTIALS = PasswordCredentials("eve", "secret")


@dataclass(frozen=True, slots=True)
class Of:
    """What calls are about: a firm, and the numbers that belong to it."""

    firm: Firm
    run_ids: Sequence[int]
    delivery_ids: Sequence[int]
    verifications: Sequence[int]
    key_ids: Sequence[int]
    bulk_ids: Sequence[int]
    announcements: Sequence[int]
    rejected: Sequence[int]
    open_unit: Callable[[], AbstractContextManager[UnitOfWork]]
    case: str = "300417"


@dataclass(frozen=True, slots=True)
class Call:
    """A method of the desk and arguments for it, behind the actor."""

    name: str
    arguments: Mapping[str, Any]

    def ask(self, desk: Desk, actor: Actor) -> Any:
        """Return the answer, read to its end, or REFUSED."""
        part, _, method = self.name.partition(".")
        try:
            with ExitStack() as stack:
                for value in self.arguments.values():
                    if isinstance(value, AbstractContextManager) and not isinstance(value, Path):
                        stack.enter_context(value)
                answer = getattr(getattr(desk, part), method)(actor, **self.arguments)
                answer = list(answer) if isinstance(answer, Iterator) else answer
        except NotAllowedError:
            return REFUSED
        except UnknownThingError:
            selection = self.arguments.get("selection")
            by_number = isinstance(selection, Selection) and selection.delivery_id is not None
            if by_number or NAMED_BY_NUMBER & self.arguments.keys():
                return REFUSED
            raise
        if isinstance(answer, list) and answer and isinstance(answer[0], Verdict):
            return REFUSED if all(v.receipt is Receipt.REFUSED and not v.event for v in answer) else answer
        return answer


def _a_report(firm_id: str) -> dict[str, Any]:
    row = {"case_integration_id": "300417", "readable_id": f"24-1 of {firm_id}", "imported": False}
    row |= {"reason": "no_client", "in_words": "no client", "next_step": "add one", "client": "A Client"}
    summary = {"day": NOON.date().isoformat(), "run_id": 1, "cases": 1, "by_reason": {"no_client": 1}}
    return {**summary, "firm": firm_id, "listed": [row]}


@cache
def methods() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Return all public methods of all parts, by name ("runs.view"), those that ask for no actor as well."""
    return [
        (f"{part}.{name}", method)
        for part, kind in get_type_hints(Desk).items()
        for name, method in inspect.getmembers(kind, callable)
        if not name.startswith("_")
        or (name == "__call__" and any(name in vars(base) for base in kind.__mro__))
    ]


@cache
def _wanted() -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Return the methods that ask for an actor, and the types of their other parameters."""
    found = []
    for name, method in methods():
        if name not in WITHOUT_ACTOR:
            hints = get_type_hints(method)
            others = [p for p in inspect.signature(method).parameters if p not in {"self", "actor"}]
            found.append((name, {parameter: hints[parameter] for parameter in others}))
    return found


def calls(about: Of) -> Iterator[Call]:
    """Yield calls of every method that asks for an actor, with all combinations of its samples."""
    known = _Samples(about)
    for name, wanted in _wanted():
        samples = [known.of(name, parameter, hint) for parameter, hint in wanted.items()]
        for values in product(*samples):
            yield Call(name, dict(zip(wanted, values, strict=True)))


def told(answer: object) -> str:
    """Return all that an answer holds as text: also what its `repr` keeps back."""
    if is_dataclass(answer) and not isinstance(answer, type):
        return f"{type(answer).__name__}({[told(getattr(answer, f.name)) for f in fields(answer)]})"
    if isinstance(answer, Mapping):
        return str([(told(key), told(value)) for key, value in answer.items()])
    if isinstance(answer, list | tuple | set | frozenset):
        return str([told(value) for value in answer])
    return repr(answer)


def fill(service: FakeService, firm_id: str) -> None:
    """Let there be something of every kind of a firm, and its name in all of it."""
    firm = a_firm(firm_id, name=f"The {firm_id} firm")
    strange = a_source_case("300418", case_type=f"Maritime of the {firm_id}")
    service.smartadvocate.put_case(firm_id, strange)
    service.connect(SYSTEM, firm, PasswordCredentials(f"{firm_id}'s user", f"{firm_id}'s password"))
    service.with_firm(firm, "300417")
    service.send("m-1", firm_id=firm_id, text=f"to {firm_id}")
    service.work()
    service.smartadvocate.faults.add("insert_note", Before(RejectedBySmartAdvocateError(f"no {firm_id}")))
    service.send("m-2", minute=1, firm_id=firm_id)
    service.work()
    service.smartadvocate.change_case(firm_id, "300417", status="Demand")
    service.start_sync(SYSTEM, firm)
    service.work()
    desk = service.desk
    desk.verify_firm(SYSTEM, firm, ["300417", "300418"])
    desk.change_settings.closing(SYSTEM, firm_id, ClosedRule((f"Closed up {firm_id}",)))
    service.receive(SYSTEM, [Incoming("http", firm_id.encode())])
    desk.set_recipient(SYSTEM, firm_id, f"ann@{firm_id}.example", problems=True, exceptions=True)
    desk.set_recipient.try_out(SYSTEM, firm_id, f"ann@{firm_id}.example")
    reach = frozenset({firm_id})
    desk.manage_people.add(SYSTEM, Person("somebody of the firm", Role.FIRM_ADMIN, reach))
    desk.manage_api_keys.add(SYSTEM, f"portal of {firm_id}", frozenset({Power.LOOK}), reach)
    desk.sign_in.new_link(SYSTEM, Person(f"admin of {firm_id}", Role.FIRM_ADMIN, reach))
    desk.connect_by_consent.new_link(SYSTEM, firm)
    with service.units_of_work(SYSTEM) as uow:
        uow.source_names.replace(firm_id, [SourceName(NameKind.STATUS, f"a status of {firm_id}")])
        uow.tries.failed(firm_id, Thing.NOTE, ["note-1"])
        uow.letters.tell_when_ended(1, firm_id, f"ann@{firm_id}.example")
        whose = NewLetter(firm_id, f"ann@{firm_id}.example", LetterKind.PROBLEMS, "1")
        uow.letters.write(whose, [News(1, firm_id, whose.address)])
        uow.issues.open(firm_id, IssueKind.CONTRADICTING_EVENT, "m-1", f"{firm_id}'s own")
        uow.issues.open(firm_id, IssueKind.CONTRADICTING_EVENT, f"muted by {firm_id}", "another")
        uow.reports.save_exceptions(firm_id, NOON.date(), _a_report(firm_id))
        uow.shared_notes.watch(firm_id, _HOUR)
        uow.shared_notes.remember(firm_id, "300417", ["note-1"], announced=True)
        uow.commit()
    for why in ("because", ""):  # one that is done, and one that is counted only
        operation = desk.count_bulk(
            SYSTEM, BulkKind.REPLAY, Selection(firm_id, reason=Reason.CONTENT_MISMATCH)
        )
        if why:
            desk.confirm_bulk(SYSTEM, operation.bulk_id, f"{firm_id} says so")
            service.work()
    muted = f"muted by {firm_id}"
    desk.mute_issue(SYSTEM, firm_id, IssueKind.CONTRADICTING_EVENT, muted, NOON + timedelta(days=999))


class _Samples:
    """What an argument may be, by its name and type or by its type alone; made once for all calls."""

    def __init__(self, about: Of) -> None:
        self._about = about
        self._by_name = _by_name(about)
        self._by_type = _by_type(about)

    def of(self, call: str, parameter: str, hint: Any) -> Sequence[object]:
        """Return all samples of an argument."""
        if hint == UnitOfWork:  # one is entered once
            return [self._about.open_unit()]
        if (parameter, hint) in self._by_name:
            return self._by_name[parameter, hint]
        for known, values in self._by_type:
            if known == hint:
                return values
        raise AssertionError(
            f"{call} has an argument {parameter!r} of {hint}: give it a sample in {__file__}"
        )


def _by_name(about: Of) -> Mapping[tuple[str, Any], Sequence[object]]:
    firm_id = about.firm.firm_id
    return {
        ("firm_id", str): [firm_id],
        ("firm_id", str | None): [firm_id, None],
        ("integration_id", str): [about.case],
        ("pasted", str): [about.case],
        ("pasted", Sequence[str]): [[about.case, "300418"]],
        ("typed", str | None): ["https://elsewhere.test/", None],
        ("key", str | None): [None],
        ("address", str): [f"ann@{firm_id}.example"],
        ("session", str): ["a secret"],
        ("name", str): ["somebody of the firm"],
        ("key_id", int): about.key_ids,
        ("life", timedelta | None): [_HOUR, None],
        ("overlap", timedelta): [_HOUR],
        ("limit", int): [1_000],
        ("most", int): [1_000],
        ("before", int | None): [None],
        ("before", Place | None): [None],
        ("newest", int | None): [None],
        ("source_id", str): [about.firm.firm_id, "south"],
        ("bulk_id", int): about.bulk_ids,
        ("why", str): ["because"],
        ("words", str): [""],
        ("code", str): ["a code"],
        ("within", timedelta): [_HOUR],
        ("run_id", int): about.run_ids,
        ("delivery_id", int): about.delivery_ids,
        ("number", int): about.verifications,
        ("event_ids", Sequence[int] | None): [None],
        ("version", int): [1],
        ("event_id", int): about.rejected,
        ("announcement_id", int): about.announcements,
        ("subject", str | None): [None, about.case],
        ("wanted", str): [about.case, "m-1", "note-1"],
        ("key", str): ["a key"],
        ("fingerprint", bytes): [b"a request"],
        ("expected", Collection[str] | None): [None],
        ("profile", Mapping[str, Any]): [{"zone": "America/New_York"}],
        ("profile", Mapping[str, Any] | None): [{"zone": "America/New_York"}, None],
        ("changes", Mapping[str, str]): [{"zone": "America/New_York"}],
    }


def _by_type(about: Of) -> Sequence[tuple[Any, Sequence[object]]]:
    firm_id = about.firm.firm_id
    return [
        (bool, [True]),
        (Firm, [about.firm]),
        (Selection, [Selection(), Selection(firm_id), *map(_one_delivery, about.delivery_ids)]),
        (BulkKind, list(BulkKind)),
        (FirmOrder, list(FirmOrder)),
        (Behind | None, [None]),
        (Reason | None, [None]),
        (Sequence[SettingKind], [list(COPIED)]),
        (Trigger, [Trigger.MANUAL, Trigger.RESET]),
        (SkipReason | None, [None]),
        (AnnouncementKind | None, [None]),
        (Position, [Position()]),
        (KeptAnswer, [KeptAnswer(201)]),
        (Outcome | None, [None]),
        (Place | None, [None]),
        (CaseFilter, [CaseFilter()]),
        (SettingKind | None, [None]),
        (IssueKind, [IssueKind.CONTRADICTING_EVENT]),
        (date | None, [None]),
        (datetime, [NOON + timedelta(days=7)]),
        (FieldMapping, [FieldMapping.from_data({"case_date": {"source": None}})]),
        (PracticeAreas, [PracticeAreas(AREAS.areas[:0])]),
        (ClosedRule, [ClosedRule(("Over",))]),
        (Mapping[str, Any], [{"name": "Taken over"}]),
        (PasswordCredentials, [_CREDENTIALS]),
        (Credentials, [_CREDENTIALS]),
        (Issued | None, [Issued("token", _CREDENTIALS, _HOUR, _HOUR), None]),
        (FoundCase, [FoundCase(a_source_case(about.case), is_known=True)]),
        (Sequence[Incoming], [[Incoming("http", event_body(message_data("m-9", firm_id=firm_id)))]]),
        (Person, [Person("somebody of the firm", Role.FIRM_ADMIN, frozenset({firm_id}))]),
        (frozenset[Power], [frozenset({Power.LOOK})]),
        (Reach, [frozenset({firm_id})]),
        (Path, [Path("firm.casebridge")]),
    ]


def _one_delivery(delivery_id: int) -> Selection:
    return Selection(delivery_id=delivery_id)
