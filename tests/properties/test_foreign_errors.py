"""What nobody has thought of costs the one thing it is in: every port raises, in every use case."""

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Role
from core.announcement import Announcement, AnnouncementKind
from core.case import SkipReason
from core.document import ContentSource
from core.errors import CasebridgeError, UnexpectedError
from core.foreign import guarded
from core.message import Note
from core.outbox_row import OutboxRow
from core.ports.admission import Admission
from core.ports.authorization import AccountProbe, AuthorizationServer
from core.ports.case_management import CaseManagement
from core.ports.connections import Connections, Consents, Keys
from core.ports.document_content import DocumentContents
from core.ports.tries import SET_ASIDE_FOR, TRIES
from core.ports.upkeep import Upkeep
from core.reason import Reason
from core.usecases.receive_events import Incoming, Receipt
from core.usecases.relay import Relay
from core.usecases.steps.store_cases import StoreCases
from tests.desk_calls import WITHOUT_ACTOR, Of, calls, fill, methods
from tests.fakes.account_probe import FakeAccountProbe
from tests.fakes.publisher import FakePublisher
from tests.fakes.samples import a_firm, a_source_case, event_body, message_data
from tests.fakes.service import FakeService
from tests.fakes.upkeep import FakeUpkeep
from tests.repositories import ports_of_repositories

NORTH, SOUTH = ("300417", "300418"), ("400417", "400418")
EVERYBODY = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS, frozenset(Power))


class Panic(BaseException):
    """As pyo3 raises it where a library in Rust panics: no Exception."""

    __module__ = "pyo3_runtime"


FOREIGN = (
    AssertionError("we should not get here"),
    OverflowError("date value out of range"),
    RecursionError(),
    KeyError("firm"),
    UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates"),
    ValueError("ruth@client.test"),
    StopIteration(),
    NotImplementedError(),
    MemoryError(),
    AttributeError("x"),
    ZeroDivisionError(),
    OSError(5),
    Panic("called `Option::unwrap()` on a `None` value"),
    ExceptionGroup("several", [ValueError(1), OSError(5)]),
    BaseExceptionGroup("several", [ValueError(1), Panic()]),
)
ONCE_OR_TWICE = 2


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a port, and the fakes that have it."""

    port: str
    name: str
    fakes: tuple[type, ...]

    def __str__(self) -> str:
        return f"{self.port}.{self.name}"


def port_methods() -> Iterator[Method]:
    """Yield every method of what use cases ask of the world: new ones by themselves."""
    service = FakeService()
    found: list[tuple[Any, Any]] = [
        (CaseManagement, service.smartadvocate),
        (DocumentContents, service.contents),
        (Connections, service.connections),
        (Consents, service.consents),
        (AuthorizationServer, service.authorization),
        (AccountProbe, FakeAccountProbe()),
        (Keys, service.keys),
        (Admission, service.admission),
        (Upkeep, FakeUpkeep(service.store)),
    ]
    with service.units_of_work(SYSTEM) as uow:
        found.extend((port, getattr(uow, name)) for name, port in ports_of_repositories())
    for port, fake in found:
        for name, _ in inspect.getmembers(port, inspect.isfunction):
            if not name.startswith("_"):
                yield Method(port.__name__, name, tuple(type(fake).__mro__))


METHODS = list(port_methods())


class Broken:
    """A method that raises `error` where its arguments are about `about`, and about nobody else.

    Where they are about nobody or about both firms, only the first calls fail: nobody is a neighbour then.
    """

    def __init__(
        self, method: Method, error: BaseException, about: str, apart: tuple[str, ...] = ("south", "400")
    ) -> None:
        self.method, self.error, self.about, self.apart = method, error, about, apart
        self.hits = self.others = 0

    @contextmanager
    def installed(self) -> Iterator["Broken"]:
        owner = next(base for base in self.method.fakes if self.method.name in vars(base))
        real = vars(owner)[self.method.name]

        def broken(fake: object, *arguments: Any, **named: Any) -> Any:
            told = repr((arguments, named))
            if self.about in told and not any(other in told for other in self.apart):
                self.hits += 1
                raise self.error
            if "north" not in told and "south" not in told and self.others < ONCE_OR_TWICE:
                self.others += 1
                raise self.error
            return real(fake, *arguments, **named)

        setattr(owner, self.method.name, broken)
        try:
            yield self
        finally:
            setattr(owner, self.method.name, real)


class Watch:
    """Which methods of ports a call comes to, and the one of them that raises."""

    def __init__(self) -> None:
        self.met: set[str] = set()
        self._failing: str | None = None
        self._error: BaseException = FOREIGN[0]

    def begin(self, failing: str | None, error: BaseException) -> None:
        self.met, self._failing, self._error = set(), failing, error

    def come_to(self, method: str) -> None:
        self.met.add(method)
        if method == self._failing:
            raise self._error

    def over(self, method: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method as it is, but that it tells."""

        def watched(fake: object, *arguments: Any, **named: Any) -> Any:
            self.come_to(method)
            return real(fake, *arguments, **named)

        return watched


@contextmanager
def all_watched() -> Iterator[Watch]:
    """Let every method of every port tell that it is called."""
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        for method in METHODS:
            owner = next(fake for fake in method.fakes if method.name in vars(fake))
            patch.setattr(owner, method.name, watch.over(str(method), vars(owner)[method.name]))
        yield watch


class Days(FakeService):
    """Two firms with two cases each, and what happens in some days. `escaped` is what use cases raised."""

    def __init__(self) -> None:
        super().__init__()
        self.escaped: list[Exception] = []
        self.smartadvocate.note_types = {"Plaintiff": "52"}
        for firm_id, cases in (("north", NORTH), ("south", SOUTH)):
            self.with_firm(a_firm(firm_id, two_way=True), *cases)
        self.two_minutes_later()

    def handler(self, queue: str | None, worker: str = "worker") -> Callable[[int], None]:
        return partial(self._kept, super().handler(queue, worker))

    def _kept(self, call: Callable[..., object], *arguments: object, **named: object) -> None:
        try:
            call(*arguments, **named)
        except Exception as error:  # noqa: BLE001 - the test is about which they are
            self.escaped.append(error)

    def later(self, pause: timedelta) -> None:
        self.clock.advance(pause)
        self._kept(self.due_jobs.tick, SYSTEM)
        self._kept(self.due_jobs.recover, SYSTEM)
        self.work()

    def live(self) -> None:
        """Let every kind of thing happen to every case, and three days pass."""
        for firm_id, cases in (("north", NORTH), ("south", SOUTH)):
            for case in cases:
                about = {"firm_id": firm_id, "case_integration_id": case}
                self._kept(self.send, f"m-{case}", **about)
                self._kept(self.upload, f"d-{case}", **about)
                note = Note(
                    f"n-{case}", "<p>Call</p>", type_name="Plaintiff", is_shared=True,
                    written_at=self.clock.now() + timedelta(seconds=1),
                )  # fmt: skip
                self.smartadvocate.write_note(firm_id, case, note)
                self.smartadvocate.change_case(firm_id, case, status="Demand")
        for hours in (0.05, 0.1, 1, 12, 24, 24, 0.1):
            self.later(timedelta(hours=hours))

    def outcome(self, cases: tuple[str, ...]) -> Counter[object]:
        """Return what came of these cases, whenever it came."""
        self.jobs_published()
        here = [case for case in self.store.tables.cases.values() if case.integration_id in cases]
        said = [
            row.kind
            for row in self.published
            if row.kind and any(case.encode() in _bytes(row) for case in cases)
        ]
        return Counter(
            [("note", case, draft.mark) for _, case, draft in self.smartadvocate.inserted if case in cases]
            + [("document", u.integration_id, u.draft.mark) for u in self.smartadvocate.uploaded
               if u.integration_id in cases]
            + [("stage", case.integration_id, str(case.stage)) for case in here]
            + [("said", kind) for kind in said]
        )  # fmt: skip

    def shown(self, firm_id: str) -> list[str]:
        """Return what a person sees of the firm's troubles: each with its reason."""
        tables = self.store.tables
        return [
            *(issue.message for issue in tables.issues.values() if issue.firm_id == firm_id),
            *(str(run.reason) for run in tables.runs.values() if run.firm_id == firm_id and run.reason),
            *(str(row.reason) for row in tables.deliveries.values() if row.lane[0] == firm_id and row.reason),
            *(event.detail for event in tables.rejected.values() if b"north" in (event.body or b"")),
            *(
                r.skip
                for (run_id, _), r in tables.results.items()
                if r.skip and tables.runs[run_id].firm_id == firm_id
            ),
        ]


def _bytes(row: OutboxRow) -> bytes:
    return row.body if isinstance(row.body, bytes) else str(row.body).encode()


def undisturbed() -> tuple[Days, set[str]]:
    """Return the days as they are, and which methods of ports they come to."""
    with all_watched() as watch:
        days = Days()
        watch.begin(None, FOREIGN[0])
        days.live()
    return days, watch.met


CALM, MET = undisturbed()


def test_the_undisturbed_days_hold_every_kind_of_thing() -> None:
    kinds = {kind[1] for kind in CALM.outcome(SOUTH) if isinstance(kind, tuple) and kind[0] == "said"}
    assert {"message-synced", "document-synced", "stage-changed", "message-written"} <= kinds
    assert CALM.shown("north") == CALM.shown("south") == []
    assert CALM.escaped == []


# Each method raises something else: which of them it is makes no difference to an `except Exception`. One
# that these days do not come to cannot fail in them; the calls of the desk below come to others.
EACH = [each for each in zip(METHODS, cycle(FOREIGN), strict=False) if str(each[0]) in MET]
OUTSIDE = [each for each in EACH if each[0].port in {"CaseManagement", "DocumentContents"}]


def named(value: object) -> str:
    return str(value) if isinstance(value, Method) else type(value).__name__


@pytest.mark.parametrize(("method", "error"), EACH, ids=named)
def test_a_firm_whose_every_call_fails_is_nobody_elses_trouble_and_is_seen(
    method: Method, error: Exception
) -> None:
    days = Days()
    with Broken(method, error, "north").installed() as broken:
        days.live()
    assert [e for e in days.escaped if not isinstance(e, CasebridgeError)] == []
    assert days.outcome(SOUTH) == CALM.outcome(SOUTH)
    done = days.outcome(NORTH) == CALM.outcome(NORTH)
    if method.port != "Issues":  # where no issue can be opened, none is
        assert done or days.shown("north"), f"{broken.hits} calls failed, and nobody sees it"
    elif not broken.hits:
        assert done
    assert "ruth@" not in str(days.shown("north"))


@pytest.mark.parametrize(("method", "error"), OUTSIDE, ids=named)
def test_a_case_whose_every_call_fails_is_no_other_cases_trouble_and_is_seen(
    method: Method, error: Exception
) -> None:
    days, (sick, well) = Days(), NORTH
    with Broken(method, error, sick).installed() as broken:
        days.live()
    assert days.outcome(SOUTH) == CALM.outcome(SOUTH)
    assert days.outcome((well,)) == CALM.outcome((well,))
    assert days.outcome((sick,)) == CALM.outcome((sick,)) or days.shown("north"), broken.hits


@pytest.mark.parametrize("stage", ["beginning", "middle", "end", "closing"])
@pytest.mark.parametrize("error", [AssertionError(), MemoryError(), Panic()], ids=named)
def test_a_document_whose_content_fails_at_any_stage_of_its_reading_is_seen_and_costs_no_message(
    stage: str, error: BaseException
) -> None:
    days = Days()
    real = days.contents.open

    @contextmanager
    def failing(source: ContentSource, *, not_after: datetime | None = None) -> Iterator[Iterator[bytes]]:
        def pieces(whole: Iterator[bytes]) -> Iterator[bytes]:
            for piece in whole:
                yield piece
                if stage == "middle":
                    raise error
            if stage == "end":
                raise error

        if stage == "beginning":
            raise error
        with real(source, not_after=not_after) as whole:
            yield pieces(whole)
        if stage == "closing":
            raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(days.contents, "open", failing)
        days.live()
    assert [e for e in days.escaped if not isinstance(e, CasebridgeError)] == []
    for firm_id, cases in (("north", NORTH), ("south", SOUTH)):
        missing = {str(one[0]) for one in CALM.outcome(cases) - days.outcome(cases) if isinstance(one, tuple)}
        assert missing == {"document", "said"}
        assert any(type(error).__name__ in shown for shown in days.shown(firm_id))


def test_nothing_but_our_own_errors_comes_from_the_desk() -> None:
    """Of each call, every method that it comes to fails in its turn."""
    service = FakeService()
    fill(service, "north")
    before, tables = service.store.tables.snapshot(), service.store.tables
    about = Of(
        tables.firms["north"], list(tables.runs), list(tables.deliveries), list(tables.probe_results),
        list(tables.api_keys), list(tables.bulk), list(tables.announced)[:2], list(tables.rejected),
        service.store.unit_of_work,
    )  # fmt: skip
    asked, failed = set(), set[str]()
    with all_watched() as watch:
        for number, call in enumerate(calls(about)):
            asked.add(call.name)
            failing: list[str | None] = [None]
            for method in failing:
                service.store.tables = before.snapshot()
                watch.begin(method, FOREIGN[number % len(FOREIGN)])
                with suppress(CasebridgeError):
                    call.ask(service.desk, EVERYBODY)
                failing += sorted(watch.met.difference(failing))
            failed |= set(filter(None, failing))
    assert asked == {name for name, _ in methods()} - WITHOUT_ACTOR.keys()
    assert len(failed) > len(METHODS) // 2


@given(st.sampled_from(FOREIGN))
def test_a_note_that_cannot_be_read_is_one_issue_and_its_neighbours_are_announced(error: Exception) -> None:
    class Nasty(str):
        __slots__ = ()

        def translate(self, _: object) -> str:
            raise error

        def __len__(self) -> int:
            raise error

        def __str__(self) -> str:
            raise error

        def __getattribute__(self, name: str) -> Any:
            raise error

    days = Days()
    at = days.clock.now() + timedelta(seconds=1)
    shared = Note("1", "one", type_name="Plaintiff", is_shared=True, written_at=at)
    broken = replace(shared, note_id="2", subject=Nasty("x"))
    for note in (shared, broken, replace(shared, note_id="3", text="three")):
        days.smartadvocate.write_note("north", NORTH[0], note)
    days.two_minutes_later()
    days.two_minutes_later()
    days.jobs_published()
    said = [row for row in days.published if row.kind == "message-written"]
    assert len(said) == 2
    [issue] = days.store.tables.issues.values()
    assert (issue.kind, issue.key) == ("shared_note_unreadable", NORTH[0])
    assert "note 2 " in issue.message
    assert type(error).__name__ in issue.message
    days.smartadvocate.write_note("north", NORTH[0], replace(broken, subject="x"))
    days.two_minutes_later()
    days.jobs_published()
    assert len([row for row in days.published if row.kind == "message-written"]) == 3
    assert days.store.tables.issues == {}


@given(st.sampled_from(FOREIGN))
def test_an_event_that_cannot_be_recorded_is_kept_with_its_reason_and_its_batch_is_recorded(
    error: Exception,
) -> None:
    days = Days()
    method = next(m for m in METHODS if str(m) == "Inbox.record")
    batch = [
        Incoming("http", event_body(message_data(f"m-{firm}", firm_id=firm))) for firm in ("north", "south")
    ]
    with Broken(method, error, "north", apart=()).installed():
        verdicts = days.receive(SYSTEM, batch)
    assert [(v.receipt, v.reason) for v in verdicts] == [
        (Receipt.REJECTED, Reason.UNEXPECTED_ERROR), (Receipt.RECORDED, None),
    ]  # fmt: skip


@given(st.sampled_from(FOREIGN))
def test_a_case_that_meets_a_defect_is_skipped_with_its_reason(error: Exception) -> None:
    def normalise(number: str, _: str) -> str:
        if number == "2025550199":
            raise error
        return "+12025550143"

    service = FakeService()
    firm = a_firm()
    service.add_firm(SYSTEM, firm)
    good, bad = a_source_case("300417"), a_source_case("300418")
    [phone] = bad.plaintiffs[0].phones
    bad = replace(
        bad, plaintiffs=(replace(bad.plaintiffs[0], phones=(replace(phone, number="2025550199"),)),)
    )
    with service.units_of_work(SYSTEM) as uow:
        decided = StoreCases(normalise, service.clock).decide(uow, firm, [bad, good])
    assert {r.integration_id: r.skip for r in decided.results} == {
        "300418": SkipReason.UNREADABLE, "300417": None,
    }  # fmt: skip
    assert decided.imported == ["300417"]


@given(st.sampled_from(FOREIGN))
def test_a_row_that_cannot_be_published_holds_up_no_other(error: Exception) -> None:
    days = Days()
    days.send("m-1", firm_id="south", case_integration_id=SOUTH[0])
    days.send("m-2")

    class Picky(FakePublisher):
        def publish(self, rows: Any) -> Any:
            if any(b"north" in _bytes(row) or len(rows) > 1 for row in rows):
                raise error
            return super().publish(rows)

    with days.store.outbox_reader().window(100) as window:
        waiting = len(window.rows)
    relay = Relay(days.store.outbox_reader(), Picky())
    assert relay.publish_window(SYSTEM) == waiting
    assert days.store.outbox() == []


def test_a_row_that_cannot_be_published_has_so_many_tries_and_is_set_aside() -> None:
    days = Days()
    days.send("m-2")
    days.jobs_published()
    with days.store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(AnnouncementKind.CONNECTION_LOST, "north")])
        uow.commit()
    tries = 0

    class Broken(FakePublisher):
        def publish(self, rows: Any) -> Any:
            nonlocal tries
            tries += 1
            raise AssertionError

    relay = Relay(days.store.outbox_reader(), Broken())
    for _ in range(TRIES):
        with pytest.raises(UnexpectedError):
            relay.publish_window(SYSTEM)
    assert relay.publish_window(SYSTEM) == 0
    assert tries == 2 * TRIES
    assert [issue.kind for issue in days.store.tables.issues.values()] == ["announcement_not_out"]


def test_a_job_that_fails_has_so_many_tries_in_a_row_and_then_one_an_hour() -> None:
    days, method = Days(), next(m for m in METHODS if str(m) == "Deliveries.claim")
    days.send("m-1", firm_id="north", case_integration_id=NORTH[0])
    with Broken(method, KeyError("x"), "north").installed() as broken:
        for _ in range(40):
            days.later(timedelta(seconds=121))
        assert TRIES <= broken.hits <= TRIES + 2
        [issue] = days.store.tables.issues.values()
        assert (issue.kind, issue.key) == ("job_failed", "sync-messages")
        assert issue.message.endswith("it is set aside, and tried once an hour")
        days.desk.resume_firm(EVERYBODY, "north")
        days.later(timedelta(seconds=121))
        assert broken.hits <= TRIES + 4
    days.desk.resume_firm(EVERYBODY, "north")
    days.later(timedelta(seconds=121))
    assert [mark for _, case, mark in days.smartadvocate.inserted if case == NORTH[0]]
    assert days.store.tables.issues == {}
    assert days.store.tables.tries == {}


def test_a_note_that_cannot_be_read_has_so_many_tries_and_its_neighbours_go_on() -> None:
    class Nasty(str):
        __slots__ = ()
        tries = 0

        def strip(self, _: object = None) -> str:
            type(self).tries += 1
            raise ZeroDivisionError

    days = Days()
    later = Note(
        "1", "one", subject=Nasty("x"), type_name="Plaintiff", is_shared=True,
        written_at=days.clock.now() + timedelta(seconds=1),
    )  # fmt: skip
    days.smartadvocate.write_note("north", NORTH[0], later)
    for _ in range(TRIES + 4):
        days.two_minutes_later()
    assert Nasty.tries == TRIES
    [issue] = days.store.tables.issues.values()
    assert issue.message.endswith("it is set aside, and tried once an hour")
    days.smartadvocate.write_note("north", NORTH[0], replace(later, note_id="2", subject=""))
    days.two_minutes_later()
    days.jobs_published()
    assert len([row for row in days.published if row.kind == "message-written"]) == 1
    assert list(days.store.tables.issues.values()) == [issue]
    days.clock.advance(SET_ASIDE_FOR)
    days.smartadvocate.write_note("north", NORTH[0], replace(later, subject=""))
    days.two_minutes_later()
    assert days.store.tables.issues == {}
    assert days.store.tables.tries == {}


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (ValueError(), False),
        (Panic(), False),
        (BaseExceptionGroup("", [ValueError(), Panic()]), False),
        (ExceptionGroup("", [ValueError()]), False),
        (KeyboardInterrupt(), True),
        (SystemExit(), True),
        (GeneratorExit(), True),
        (asyncio.CancelledError(), True),
        (BaseExceptionGroup("", [Panic(), BaseExceptionGroup("", [KeyboardInterrupt()])]), True),
    ],
)
def test_what_is_to_end_a_process_or_a_task_is_nobodys_defect(error: BaseException, ends: bool) -> None:
    def broken() -> None:
        raise error

    with pytest.raises(type(error) if ends else UnexpectedError):
        guarded(broken)()
