"""Two firms in one real store: what one asks for has nothing of the other's.

What the desk says as another firm's actor on fakes is in tests/unit/test_desk_is_closed.py. Here the second
wall is there as well, and then alone.
"""

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import product
from typing import Any, Final, get_args, get_type_hints

import pytest
from psycopg import sql

from adapters.postgres.outbox.outbox_reader import PostgresOutboxReader
from adapters.postgres.store.pool import Pool, open_pool
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Role
from core.announcement import Announcement, AnnouncementKind
from core.audit import AuditAction
from core.case import Case, SkipReason
from core.cursor import Window
from core.delivery_selection import Selection
from core.errors import CasebridgeError
from core.event import UpstreamEvent
from core.firm_view import CaseFilter, NameKind, SourceName
from core.issue import IssueKind
from core.job import Job
from core.kept_answer import KeptAnswer
from core.letter import Letter, LetterKind, NewLetter, News, Recipient
from core.move import Move, MoveState, digest_of
from core.night import Round
from core.person import Person
from core.ports.deliveries import ImportPace, NewDelivery
from core.ports.inbox import RejectedEvent
from core.ports.processes import StoreLook
from core.process import HEARTBEAT, AboutProcess, ProcessKind
from core.reason import Reason
from core.retention import Growing, Removed, Retention
from core.run import Run
from core.schedule import JobName
from core.session import SessionLimits, Visitor, Way
from core.usecases.receive_events import Incoming, Receipt
from tests.desk_calls import REFUSED, Of, calls, fill, told
from tests.fakes.samples import NOON, a_case, a_document, a_firm, a_message, event_body, message_data
from tests.fakes.service import FakeService
from tests.repositories import ports_of_repositories

EVERYTHING = frozenset(Power)
SOUTH: Final = Actor("sam", Role.FIRM_ADMIN, frozenset({"south"}))
MANAGER_OF_NORTH: Final = Actor("mona", Role.IMPLEMENTATION_MANAGER, frozenset({"north"}), EVERYTHING)
# Empty once the work is done, or filled by what is a fake here: connections, consents, limits.
EMPTY = frozenset(
    {
        "connections",
        "connect_links",
        "connect_sessions",
        "connect_states",
        "hand_seats",
        "hold_probes",
        "jobs",
        "parked_jobs",
        "request_slots",
        "run_sets",
        "stray_ids",
    }
)


class TwoFirms(FakeService):
    """The use cases on Postgres, with something of every kind of north and of south."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(units_of_work=lambda actor: PostgresUnitOfWork(pool, actor))
        self.clock.advance(datetime.now(UTC) - NOON)
        self._reader = PostgresOutboxReader(pool)
        self._pool = pool
        for firm_id in ("north", "south"):
            fill(self, firm_id)
            with self.units_of_work(SYSTEM) as uow:
                uow.moves.put(Move(firm_id, MoveState.HERE, "ann", NOON, digest_of("a code")))
                uow.commit()

    def jobs_published(self) -> list[Any]:
        with self._reader.window(1_000) as window:
            window.mark_published([row.row_id for row in window.rows])
            return [row for row in window.rows if row.queue]

    def numbers(self, table: str, column: str, firm_id: str = "north") -> list[int]:
        statement = sql.SQL("select {} from {} where firm_id = %s order by 1").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        with self._pool.connection() as connection:
            return [row[0] for row in connection.execute(statement, [firm_id]).fetchall()]

    def keys_of(self, firm_id: str) -> list[int]:
        with self.units_of_work(SYSTEM) as uow:
            return [key.key_id for key in uow.api_keys.list(frozenset({firm_id}))]

    def runs_of_north(self) -> list[Run]:
        with self.units_of_work(SYSTEM) as uow:
            return list(uow.runs.list(frozenset({"north"})))

    def about(self, firm_id: str) -> Of:
        with self.units_of_work(SYSTEM) as uow:
            firm = uow.firms.get(firm_id)
        assert firm is not None
        return Of(
            firm,
            self.numbers("runs", "run_id", firm_id),
            self.numbers("deliveries", "delivery_id", firm_id),
            self.numbers("probe_results", "number", firm_id),
            self.keys_of(firm_id),
            self.operations(firm_id),
            self.numbers("outbox", "row_id", firm_id)[:5],
            [1],
            lambda: self.units_of_work(SOUTH),
        )

    def operations(self, firm_id: str) -> list[int]:
        with self.units_of_work(SYSTEM) as uow:
            return [one.bulk_id for one in uow.bulk.list(frozenset({firm_id}), 100)]

    def close(self) -> None:
        self._reader.close()


@pytest.fixture
def pool(migrated_database_url: str) -> Iterator[Pool]:
    with open_pool(migrated_database_url, min_size=1, max_size=4, application_name="test") as pool:
        yield pool


@pytest.fixture
def service(pool: Pool) -> Iterator[TwoFirms]:
    service = TwoFirms(pool)
    yield service
    service.close()


def rows_of_north(pool: Pool) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of north, by table."""
    with pool.connection() as connection:
        tables = connection.execute(
            """
            select relname from pg_class join pg_attribute on attrelid = pg_class.oid
            where relkind in ('r', 'p') and attname = 'firm_id'
              and relnamespace = current_schema()::regnamespace
            order by 1
            """
        ).fetchall()
        statement = "select t::text from {} t where firm_id = 'north' order by 1"
        return {
            name: connection.execute(sql.SQL(statement).format(sql.Identifier(name))).fetchall()
            for (name,) in tables
        }


def test_another_firms_administrator_is_told_nothing_and_changes_nothing(
    service: TwoFirms, pool: Pool
) -> None:
    before = rows_of_north(pool)
    for call in calls(service.about("north")):
        answer = call.ask(service.desk, SOUTH)
        if answer != REFUSED:
            assert "north" not in told(answer).lower(), (call, answer)
    assert rows_of_north(pool) == before


def test_nothing_that_who_may_asks_for_is_refused_by_the_database(service: TwoFirms) -> None:
    """The second wall must not stand in the way of what the first lets through."""
    refused = {}
    for call in calls(service.about("north")):
        try:
            call.ask(service.desk, MANAGER_OF_NORTH)
        except CasebridgeError as error:
            if error.reason is Reason.DATABASE_REFUSED:
                refused[call.name] = str(error)
    assert refused == {}


def repository_calls(service: TwoFirms, pool: Pool) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield a call about north of every method of every repository: (repository, method, arguments)."""
    for repository, port in ports_of_repositories():
        for name, method in inspect.getmembers(port, inspect.isfunction):
            if name.startswith("_"):
                continue
            hints = get_type_hints(method)
            wanted = [p for p in inspect.signature(method).parameters if p != "self"]
            samples = [_samples(service, pool, f"{repository}.{name}", p, hints[p]) for p in wanted]
            for values in product(*samples):
                yield repository, name, dict(zip(wanted, values, strict=True))


def _samples(service: TwoFirms, pool: Pool, call: str, parameter: str, hint: Any) -> list[Any]:
    by_name: dict[str, list[Any]] = {
        "firm_id": ["north"],
        "firm_ids": [["north"]],
        "firms": [ALL_FIRMS],
        "integration_id": ["300417", "300418"],
        "case_integration_id": ["300417"],
        "integration_ids": [["300417", "300418"]],
        "keys": [["note-1"]] if call.startswith("tries.") else [{("north", "300417"), ("north", "300418")}],
        "note_ids": [["note-1", "1"]],
        "tried": [["300417", "300418"]],
        "run_id": service.numbers("runs", "run_id"),
        "delivery_id": service.numbers("deliveries", "delivery_id"),
        "number": service.numbers("probe_results", "number") + service.numbers("outbox", "row_id")[:5],
        "name": ["m-1", "1"],
        "note_id": ["note-1"],
        "fingerprint": [b"a request"],
        "answer": [KeptAnswer(200)],
        "job_id": service.numbers("jobs", "job_id") or [1],
        "event_ids": [list(range(1, 100))],  # rejected events have no certain owner
        "selection": [Selection(), Selection("north")],
        "actor": [SOUTH],
        "announcements": [[Announcement(AnnouncementKind.CONNECTION_LOST, "north")]],
        "items": [[NewDelivery(a_message("m-77"))]],
        "attempts": [[]],
        "owner": ["1/1"],
        "owners": [["1/1"], None],
        "process_id": [1],
        "about": [AboutProcess(ProcessKind.WORKER, "host", "1.0")],
        "look": [StoreLook(NOON, NOON)],
        "heartbeat": [HEARTBEAT],
        "job": [Job(1, JobName.SYNC_CASES, "north", None)],
        "run": service.runs_of_north(),
        "firm": [a_firm("north", name="taken over")],
        "window": [Window(NOON, NOON)],
        "pace": [ImportPace()],
        "cursor": [None],
        "data": [{}],
        "document": [{}],
        "found": [[]],
        "changes": [[]],
        "results": [[]],
        "reasons": [[*Reason, *SkipReason]],
        "recipient": [Recipient("north", "eve@south.example")],
        "address": ["ann@north.example"],
        "kinds": [[*IssueKind]],
        "news": [[News(1, "north", "ann@north.example")]],
        "within": [ALL_FIRMS],
        "names": [[SourceName(NameKind.STATUS, "taken over")]],
        "scopes": [frozenset(Power)],
        "person": [Person("somebody of the firm", Role.FIRM_ADMIN, frozenset({"north"}))]
        if call == "people.save"
        else ["firm:north"],
        "visitor": [
            Visitor(SOUTH, "firm:north", Way.CONNECT_LINK, SessionLimits(timedelta(1), timedelta(1)))
        ],
        "key_id": service.keys_of("north"),
        "session_id": [1],
    }
    by_type: dict[Any, list[Any]] = {
        Sequence[Case]: [[a_case("300417")]],
        Sequence[UpstreamEvent]: [[a_message("m-1"), a_document("d-1")]],
        Sequence[RejectedEvent]: [[]],
        Move: [Move("north", MoveState.LEAVING, "eve", NOON, digest_of("another code"))],
        Mapping[str, Window]: [{"north": Window(NOON, NOON)}],
        Removed: [Removed(0, is_over=True)],
        Retention: [Retention()],
        Round: [Round(NOON, 1, NOON)],
        Mapping[str, int]: [{"north": number} for number in service.numbers("runs", "run_id")],
        Letter: [Letter(1, "north", "ann@north.example", LetterKind.TRIAL, "1", 1, timedelta())],
        CaseFilter: [CaseFilter()],
        NewLetter: [NewLetter("north", "ann@north.example", LetterKind.TRIAL, "9")],
        tuple[datetime, str]: [(NOON - timedelta(days=9_999), "")],
        Sequence[str]: [["300417"]],
        Collection[str]: [["300417"]],
        bool: [True, False],
        int: [1_000_000 if parameter == "limit" else 0],
        float: [1.0],
        str: [""],
        date: [NOON.date()],
        datetime: [NOON],
        timedelta: [timedelta()],
        tuple[datetime, str]: [(datetime(1970, 1, 1, tzinfo=UTC), "")],
    }
    if hint is Growing:  # texts have ports of their own
        return [what for what in Growing if not what.endswith(("texts", "bodies", "answers"))]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[:3]
    if parameter in by_name:
        return by_name[parameter]
    if hint in by_type:
        return by_type[hint]
    if type(None) in get_args(hint):
        return [None]
    raise AssertionError(f"{call} has an argument {parameter!r} of {hint}: give it a sample here")


def test_the_second_wall_stands_alone(service: TwoFirms, pool: Pool) -> None:
    """Every method of every repository, asked for all firms or for north, in a transaction of south."""
    before = rows_of_north(pool)
    telling = set()
    made = list(repository_calls(service, pool))
    for repository, name, arguments in made:
        with service.units_of_work(SYSTEM) as uow, suppress(CasebridgeError):
            answer = getattr(getattr(uow, repository), name)(**arguments)
            if "north" in told(answer).lower():
                telling.add(f"{repository}.{name}")
    assert len(telling) > 15, telling  # to the system they do tell: nothing of this is committed
    assert rows_of_north(pool) == before
    for repository, name, arguments in made:
        with service.units_of_work(SOUTH) as uow, suppress(CasebridgeError):
            answer = getattr(getattr(uow, repository), name)(**arguments)
            assert "north" not in told(answer).lower(), (repository, name, arguments, answer)
            uow.commit()
    assert rows_of_north(pool) == before


def test_a_bulk_change_of_all_touches_the_transactions_firms_alone(service: TwoFirms, pool: Pool) -> None:
    before = rows_of_north(pool)
    with service.units_of_work(SOUTH) as uow:
        wanted = Selection().replayable()
        replayed = uow.deliveries.replay(ALL_FIRMS, wanted, after=0, limit=1_000)
        assert replayed.number == 1
        assert {firm_id for firm_id, _ in replayed.owners} == {"south"}
        uow.commit()
    assert rows_of_north(pool) == before


def test_a_replay_of_all_leaves_a_line_for_each_firm_of_an_actor_of_some(service: TwoFirms) -> None:
    both = replace(MANAGER_OF_NORTH, firms=frozenset({"north", "south"}))
    assert service.desk.replay_deliveries(both, Selection()) == 2
    for firm_id in ("north", "south"):
        newest = service.desk.records.audit_log(both, firm_id, 1)[0]
        assert (newest.action, newest.firm_id) == (AuditAction.DELIVERIES_REPLAYED, firm_id)
        assert newest.detail["deliveries"] == 1


def test_a_key_of_one_firm_adds_to_the_rejected_events_what_it_may_not_see(
    service: TwoFirms, pool: Pool
) -> None:
    before = rows_of_north(pool)
    key = Actor("portal", Role.SERVICE, frozenset({"south"}), EVERYTHING)
    bodies = [event_body(message_data("m-9", firm_id="north")), b"{}"]
    verdicts = service.desk.receive_events(key, [Incoming("http", body) for body in bodies])
    assert [verdict.receipt for verdict in verdicts] == [Receipt.REFUSED, Receipt.REJECTED]
    with service.units_of_work(SYSTEM) as uow:
        broken, refused = uow.inbox.rejected(2)
        assert (refused.reason, refused.replayable) == (Reason.FIRM_NOT_ALLOWED, False)
        assert (broken.channel, broken.replayable) == ("http", True)
    with service.units_of_work(key) as uow:
        assert uow.inbox.rejected(10) == []
        assert uow.inbox.replayable(after=0, limit=10) == []
    assert rows_of_north(pool) == before


def test_the_stores_of_both_firms_have_rows_in_nearly_all_tables(service: TwoFirms, pool: Pool) -> None:
    """Else the tests above would show little."""
    assert sorted({name for name, rows in rows_of_north(pool).items() if not rows} - EMPTY) == []
