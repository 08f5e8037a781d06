"""Every call that the desk answers, with arguments that are about one firm: made from its types.

A new use case or query is tried by itself. One with an argument of a type that is not known here says so.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, get_type_hints

from core.actor import SYSTEM, Actor
from core.case import Outcome, SkipReason
from core.closing import ClosedRule
from core.credentials import Credentials, Issued, PasswordCredentials
from core.delivery_selection import Selection
from core.desk import Desk
from core.errors import NotAllowedError, RejectedBySmartAdvocateError, UnknownThingError
from core.field_mapping import FieldMapping
from core.firm import Firm
from core.firm_view import CaseFilter
from core.issue import IssueKind
from core.paging import Place
from core.ports.unit_of_work import UnitOfWork
from core.run import Trigger
from core.setting_version import SettingKind
from core.stage import PracticeAreas
from core.usecases.import_case import FoundCase
from core.usecases.receive_events import Incoming, Receipt, Verdict
from tests.fakes.faults import Before
from tests.fakes.samples import AREAS, NOON, a_firm, a_source_case, event_body, message_data
from tests.fakes.service import FakeService

# What asks for no actor, and why that is right.
WITHOUT_ACTOR: Mapping[str, str] = {
    "clock.now": "the time is nobody's",
    "connect_by_consent.visitor": "a session's secret says whom it stands for",
    "connect_by_consent.open_link": "opened by a link's secret",
    "connect_by_consent.firm_of": "opened by a session's secret",
    "connect_by_consent.ends_at": "opened by a session's secret",
    "connect_by_consent.start": "opened by a session's secret",
    "connect_by_consent.destination": "opened by a session's secret",
    "connect_by_consent.finish": "opened by a session's secret, and the state's that belongs to it",
}
NAMED_BY_NUMBER = frozenset({"run_id", "delivery_id", "number"})
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
                    if isinstance(value, AbstractContextManager):
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


def methods() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield all public methods of all parts, by name ("runs.view"), those that ask for no actor as well."""
    for part, kind in get_type_hints(Desk).items():
        for name, method in inspect.getmembers(kind, callable):
            called = name == "__call__" and any(name in vars(base) for base in kind.__mro__)
            if called or not name.startswith("_"):
                yield f"{part}.{name}", method


def calls(about: Of) -> Iterator[Call]:
    """Yield calls of every method that asks for an actor, with all combinations of its samples."""
    for name, method in methods():
        if name in WITHOUT_ACTOR:
            continue
        hints = get_type_hints(method)
        wanted = [p for p in inspect.signature(method).parameters if p not in {"self", "actor"}]
        samples = [_samples(about, name, parameter, hints[parameter]) for parameter in wanted]
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
    with service.units_of_work(SYSTEM) as uow:
        uow.issues.open(firm_id, IssueKind.CONTRADICTING_EVENT, "m-1", f"{firm_id}'s own")
        uow.issues.open(firm_id, IssueKind.CONTRADICTING_EVENT, f"muted by {firm_id}", "another")
        uow.reports.save_exceptions(firm_id, NOON.date(), {"firm": firm_id})
        uow.shared_notes.watch(firm_id, _HOUR)
        uow.shared_notes.remember(firm_id, "300417", ["note-1"], announced=True)
        uow.commit()
    muted = f"muted by {firm_id}"
    desk.mute_issue(SYSTEM, firm_id, IssueKind.CONTRADICTING_EVENT, muted, NOON + timedelta(days=999))


def _samples(about: Of, call: str, parameter: str, hint: Any) -> Sequence[object]:
    firm_id = about.firm.firm_id
    by_name: dict[tuple[str, Any], Sequence[object]] = {
        ("firm_id", str): [firm_id],
        ("firm_id", str | None): [firm_id, None],
        ("integration_id", str): [about.case],
        ("pasted", str): [about.case],
        ("pasted", Sequence[str]): [[about.case, "300418"]],
        ("typed", str | None): ["https://elsewhere.test/", None],
        ("key", str | None): [None],
        ("limit", int): [1_000],
        ("run_id", int): about.run_ids,
        ("delivery_id", int): about.delivery_ids,
        ("number", int): about.verifications,
        ("event_ids", Sequence[int] | None): [None],
        ("version", int): [1],
        ("expected", Collection[str] | None): [None],
        ("profile", Mapping[str, Any]): [{"zone": "America/New_York"}],
        ("profile", Mapping[str, Any] | None): [{"zone": "America/New_York"}, None],
        ("changes", Mapping[str, str]): [{"zone": "America/New_York"}],
    }
    by_type: list[tuple[Any, Sequence[object]]] = [
        (bool, [True]),
        (Firm, [about.firm]),
        (Selection, [Selection(), Selection(firm_id), *map(_one_delivery, about.delivery_ids)]),
        (Trigger, [Trigger.MANUAL, Trigger.RESET]),
        (SkipReason | None, [None]),
        (Outcome | None, [None]),
        (Place | None, [None]),
        (CaseFilter, [CaseFilter()]),
        (SettingKind | None, [None]),
        (IssueKind, [IssueKind.CONTRADICTING_EVENT]),
        (date | None, [None]),
        (datetime, [datetime(2027, 1, 1, tzinfo=UTC)]),
        (FieldMapping, [FieldMapping.from_data({"case_date": {"source": None}})]),
        (PracticeAreas, [PracticeAreas(AREAS.areas[:0])]),
        (ClosedRule, [ClosedRule(("Over",))]),
        (Mapping[str, Any], [{"name": "Taken over"}]),
        (PasswordCredentials, [_CREDENTIALS]),
        (Credentials, [_CREDENTIALS]),
        (Issued | None, [Issued("token", _CREDENTIALS, _HOUR, _HOUR), None]),
        (FoundCase, [FoundCase(a_source_case(about.case), is_known=True)]),
        (Sequence[Incoming], [[Incoming("http", event_body(message_data("m-9", firm_id=firm_id)))]]),
        (UnitOfWork, [about.open_unit()]),
    ]
    if (parameter, hint) in by_name:
        return by_name[parameter, hint]
    for known, values in by_type:
        if known == hint:
            return values
    raise AssertionError(f"{call} has an argument {parameter!r} of {hint}: give it a sample in {__file__}")


def _one_delivery(delivery_id: int) -> Selection:
    return Selection(delivery_id=delivery_id)
