"""No statement reads a table that grows from end to end, whoever asks: casebridge itself, or a person.

Every statement of every `.sql` file is found by walking, and explained with values of rows that are there. In
the short form there is little, and the planner reads a table whole only where no index will do; in the long
one (`--long`) it is as it is, over 1,000,000 cases and 2,000,000 deliveries of 10,000 firms.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Final, LiteralString

import psycopg
import pytest
from psycopg import errors

from adapters.postgres.deliveries.desk import statement_for
from adapters.postgres.runs.cases import statement_of_cases
from adapters.postgres.store.access import begin, opening, prepare_role
from adapters.postgres.store.migrate import migrate
from adapters.postgres.store.pool import connection_arguments, open_pool
from adapters.postgres.store.statements import Statements
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import ALL_FIRMS, SYSTEM, Actor, Reach, Role
from core.delivery_selection import Bounds, Selection
from core.event import EventKind
from core.firm_view import CaseFilter
from core.reason import Reason
from core.schedule import DELIVERED_BY, NIGHTLY, TIMETABLE
from core.usecases.publish_due_jobs import PublishDueJobs
from tests.fakes.clock import FakeClock
from tests.fakes.notices import FakeNotices
from tests.integration.postgres_support import plan_nodes
from tests.integration.test_postgres_at_size import most_rows
from tests.integration.test_postgres_statements import CONDITION, EARLY, FILES
from tests.servers import PostgresServer, SessionGuard, eventually, found_postgres
from tests.size.filled import FULL, SMALL, fill
from tests.size.given import Given, all_given
from tests.size.plans import asks_nothing, is_partial, plan_of, read_whole

_REMOVAL: Final = Statements(next(file for file in FILES if file.stem == "removal"))
_NO_PLAN: Final = "a setting, or a table: nothing is asked"
_ALL_FIRMS: Final = "it is about every firm there is"
_DELETION: Final = "when a firm is deleted, by a person"
_BY_HAND: Final = "as many as people make by hand, and all of them are shown"
_UNDER_WAY: Final = "what waits or is under way, all of it beside all of something else that is"
_KEYS: Final = "when keys are looked at or changed, by a person"
AT_SIZE_S: Final = 3600
"""What the first of the tests at size may take: it fills a server with millions of rows."""
EXCEPTIONS: Final[Mapping[str, str]] = {
    "api_keys.revoke_of_firm": _DELETION,
    "api_keys.take_firm": _DELETION,
    "bulk.list": _BY_HAND,
    "connections.wait_for_renewals": _NO_PLAN,
    "firm_files.begin_reading": _NO_PLAN,
    "firms.alike": "when an event names no firm: once a stranger's id is refused",
    "firms.forget_bulk": _DELETION,
    "firms.forget_own_bulk": _DELETION,
    "firms.ids": _ALL_FIRMS,
    "firms.nightly": _ALL_FIRMS,
    "keys.counts": _KEYS,
    "keys.one_of_each": _KEYS,
    "keys.credentials": _KEYS,
    "keys.tokens": _KEYS,
    "holds.probes_due": _UNDER_WAY,
    "letters.ended_runs": _UNDER_WAY,
    "letters.recipients": _ALL_FIRMS,
    "letters.recovered": _UNDER_WAY,
    "letters.untold": _UNDER_WAY,
    "migrate.create_table": _NO_PLAN,
    "migrate.take_as_long_as_it_takes": _NO_PLAN,
    "migrate.wait_a_second": _NO_PLAN,
    "migrate.wait_for_others": _NO_PLAN,
    "outbox_reader.listen": _NO_PLAN,
    "firms.by_night": "words are looked for in every firm's name",
    "firms.by_problems": _ALL_FIRMS,
    "people.list": _BY_HAND,
    "people.remove_of_firm": _DELETION,
    "people.take_firm": _DELETION,
    "runs.due_without_job": _UNDER_WAY,
    "sessions.end_sessions_of_firm": _DELETION,
    "sessions.take_firm_from_sessions": _DELETION,
    "shared_notes.forget": "firms with two-way messages, and each is compared with its setting",
    "tables.stays": "when a firm moves to another cell, by a person",
    "texts.purge_delivered": "each firm has a time of its own",
}
"""Statements that may, and why."""
_OF_ALL: Final = ("api_keys.list", "audit.list", "issues.list_open", "runs.list", "upkeep.oldest")
"""Beginnings of what is asked for all firms alone: there is another statement for some."""
_NEVER_LIMITED: Final = {"lanes.take_back", "cases.called"}
"""What casebridge itself asks, and nobody else."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as it is asked, with values."""

    name: str
    text: LiteralString
    values: Mapping[str, Any]


def selections(given: Given) -> Iterator[Selection]:
    case_id, reason = given.common["case_id"], Reason.PERMISSION_MISSING
    bounds = Bounds(given.common["delivery_id"], given.common["newest_attempt"])
    for firm_id in (None, given.firm_id):
        yield Selection(firm_id=firm_id)
        yield Selection(firm_id=firm_id, case_integration_id=case_id)
        yield Selection(firm_id=firm_id, case_integration_id=case_id, kind=EventKind.MESSAGE_SENT)
        yield Selection(firm_id=firm_id, reason=reason)
        yield Selection(firm_id=firm_id, bounds=bounds).replayable()
        yield Selection(firm_id=firm_id, bounds=bounds, reason=reason).discardable()
    yield Selection(delivery_id=bounds.newest_delivery)


def filters() -> Iterator[CaseFilter]:
    for words, closed in product(("", "R-1", "Adams1", "Eva Baker7"), (None, False)):
        yield CaseFilter(words=words, closed=closed)
    yield CaseFilter(practice_area="Auto", stage="Stage 4")


def asked(given: Given) -> Iterator[Asked]:
    """Give all statements; those that are put together, as they are for what people select."""
    for file in FILES:
        if file == EARLY:  # once a firm's move, about tables that the move makes
            continue
        statements = Statements(file)
        for name in statements.names():
            full, text = f"{file.stem}.{name}", statements[name]
            if CONDITION.fullmatch(name):
                continue  # a part of the others
            if "/* selected */" in text:
                reach = ALL_FIRMS if given.firms is None else frozenset(given.firms)
                reach = frozenset(given.of(full)["firms"]) if name == "find_of_firms" else reach
                for selection in selections(given):
                    if not _is_asked(name, reach, selection):
                        continue
                    put_together, values = statement_for(reach, selection, text)
                    yield Asked(f"{full} {selection.to_data()}", put_together, {**given.of(full), **values})
            elif "/* wanted */" in text:
                for wanted, before in product(filters(), (None, ("R-900", "300900"))):
                    put_together, values = statement_of_cases(text, given.firm_id, wanted, before)
                    yield Asked(f"{full} {wanted} {before}", put_together, {**given.of(full), **values})
            else:
                yield Asked(full, text, given.of(full))


def _is_asked(name: str, reach: Reach, selection: Selection) -> bool:
    """Tell whether the desk asks for it so: see `adapters.postgres.deliveries.desk`."""
    if name in {"find", "find_before"}:
        is_of_few = selection.firm_id is not None or selection.case_integration_id is not None
        return reach is ALL_FIRMS or is_of_few
    if name in {"count", "numbers"}:  # of what can be replayed or discarded
        return bool(selection.states)
    return True


@contextmanager
def as_in_the_service(url: str, actor: Actor = SYSTEM) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection with the settings of the service's, in a transaction of the actor's."""
    with psycopg.connect("", **connection_arguments(url, "casebridge-test")) as connection:
        begins_with = opening(actor)
        if begins_with is not None:
            begin(connection, begins_with)
        yield connection
        connection.rollback()


def somebody(firms: Sequence[str] | None) -> Actor:
    return Actor("max", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS if firms is None else frozenset(firms))


def complaints(url: str, *, limited: bool, by_index_if_any: bool) -> list[str]:
    """Return what is read whole, a line a statement."""
    with as_in_the_service(url) as connection:
        givens = list(all_given(connection))
        partial = is_partial(connection)
    found: dict[str, str] = {}
    for given in givens:
        with as_in_the_service(url, somebody(given.firms) if limited else SYSTEM) as connection:
            if by_index_if_any:
                # Where an index will do, a look for each row by it is a plan; nothing else is.
                connection.execute(
                    "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off"
                )
            for one in asked(given):
                found.update(_judged(connection, one, partial, given.firms, limited=limited))
    return [f"{name}: {what}" for name, what in sorted(found.items())]


def _judged(
    connection: psycopg.Connection[Any],
    one: Asked,
    partial: Mapping[str, bool],
    firms: Sequence[str] | None,
    *,
    limited: bool,
) -> Mapping[str, str]:
    is_of_all = firms is not None and one.name.startswith(_OF_ALL) and "_of_firms" not in one.name
    if one.name in EXCEPTIONS or is_of_all or (limited and one.name in _NEVER_LIMITED):
        return {}
    connection.execute("savepoint before")
    try:
        if one.name.startswith("removal."):
            connection.execute(_REMOVAL["by_key"])
        plan = plan_of(connection, one.text, one.values)
    except errors.InsufficientPrivilege:
        connection.execute("rollback to before")
        return {}  # what people and programs have no business with
    except psycopg.Error as error:
        connection.execute("rollback to before")
        return {one.name: f"cannot be explained: {str(error).splitlines()[0]}"}
    connection.execute("rollback to before")
    reach = "all firms" if firms is None else f"{len(firms)} firms"
    if asks_nothing(plan):
        return {one.name: f"finds nothing, whatever there is: give its parameters values ({reach})"}
    whole = sorted(set(read_whole(plan, partial, sees_all=limited and firms is None)))
    return {one.name: f"{', '.join(whole)} ({reach})"} if whole else {}


@pytest.fixture(scope="module")
def small(postgres_server: PostgresServer, template_url: str) -> Iterator[str]:
    url = postgres_server.create_database(template=template_url)
    fill(url, SMALL)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def full(session_guard: SessionGuard) -> Iterator[str]:
    """A server of its own, on the disk: this is not to fill the memory."""
    with found_postgres(session_guard, durable=True) as server:
        url = server.create_database()
        migrate(url)
        prepare_role(url)
        fill(url, FULL)
        yield url


@pytest.mark.parametrize("limited", [False, True], ids=["casebridge itself", "people and programs"])
def test_every_statement_has_indexes_for_what_it_asks(small: str, limited: bool) -> None:
    found = complaints(small, limited=limited, by_index_if_any=True)
    assert not found, "\n".join(found)


@pytest.mark.long
@pytest.mark.timeout(AT_SIZE_S)
@pytest.mark.parametrize("limited", [False, True], ids=["casebridge itself", "people and programs"])
def test_no_statement_reads_a_table_whole_at_size(full: str, limited: bool) -> None:
    found = complaints(full, limited=limited, by_index_if_any=False)
    assert not found, "\n".join(found)


def test_what_no_index_serves_is_told(small: str) -> None:
    asked_so = {
        "select from deliveries where detail = %(x)s": {"deliveries"},
        # It looks as if it ended with a page; it goes on until it has found one.
        "select from deliveries where detail = %(x)s order by delivery_id limit 5": {
            "deliveries by deliveries_pkey"
        },
        "select from deliveries join lanes on owner ~>=~ subject_id order by delivery_id limit 5": {
            "deliveries by deliveries_pkey"
        },
        "select from deliveries order by delivery_id limit 5": set(),
        "select from deliveries where delivery_id = %(x)s::text::bigint": set(),
    }
    with as_in_the_service(small) as connection:
        partial = is_partial(connection)
        connection.execute("set enable_sort = off; set enable_hashjoin = off; set enable_mergejoin = off")
        found = {text: set(read_whole(plan_of(connection, text, {"x": "1"}), partial)) for text in asked_so}
        assert asks_nothing(plan_of(connection, "select from deliveries where detail = %(x)s", {"x": None}))
    assert found == asked_so


PAGE: Final = 20
LISTS: Final = (
    "outbox.newest",
    "outbox.newest_of_all",
    "outbox.newest_of_case",
    "api_keys.list",
    "api_keys.list_of_firms",
    "audit.list",
    "cases.list",
    "audit.list_of_firms",
    "bulk.list",
    "cases.changed",
    "cases.changes",
    "desk.find",
    "desk.find_of_firms",
    "firms.all",
    "firms.versions",
    "inbox.rejected",
    "issues.list_open",
    "issues.list_open_of_firms",
    "firms.by_night",
    "problems.list",
    "reports.exception_days",
    "reports.exception_list",
    "reports.exceptions",
    "reports.probes",
    "runs.list",
    "runs.list_of_firms",
    "runs.results",
    "sessions.of",
)
"""What people and programs look at page by page; `people.list` shows all there is."""


def is_of_some(name: str) -> bool:
    return name.endswith("_of_firms") or name in {"outbox.newest", "outbox.newest_of_case"}


def list_complaints(url: str, *, by_index_if_any: bool) -> list[str]:
    """Return the lists that touch more rows than they show, of each firm that they are asked about."""
    with as_in_the_service(url) as connection:
        givens = list(all_given(connection))
    found = []
    for given in givens:
        with as_in_the_service(url, somebody(given.firms)) as connection:
            if by_index_if_any:
                connection.execute(
                    "set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off; "
                    "set enable_mergejoin = off"
                )
            for one in asked(given):
                name, _, what = one.name.partition(" ")
                if name not in LISTS or (what and not _is_first_page(what)):
                    continue
                if name in _ALL_OR_NONE if given.firms else is_of_some(name):
                    continue
                number = touched(connection, one)
                bound = (PAGE + 1) * (len(given.firms) if given.firms and is_of_some(name) else 1)
                if name == "firms.by_night" and given.firms:
                    bound = len(given.firms)
                if number > bound:
                    found.append(f"{one.name}: {number} rows for {bound} ({len(given.firms or ())} firms)")
    return found


_ALL_OR_NONE: Final = {
    "outbox.newest_of_all",
    "api_keys.list",
    "audit.list",
    "cases.list",
    "bulk.list",
    "desk.find",
    "inbox.rejected",
    "issues.list_open",
    "runs.list",
}
"""Asked for all firms by one statement, for some by another or not at all."""


def _is_first_page(what: str) -> bool:
    return what == "{}" or what.startswith(
        "CaseFilter(words='', practice_area=None, stage=None, closed=None)"
    )


def touched(connection: psycopg.Connection[Any], one: Asked) -> int:
    """Return how many rows the busiest node of the plan looked at."""
    connection.execute("savepoint before")
    try:
        plan = plan_of(connection, one.text, {**one.values, "limit": PAGE}, run=True)
    except errors.InsufficientPrivilege:
        # Sessions: people look at their own, and casebridge itself asks for them.
        connection.execute("rollback to before")
        connection.execute("set local role none")
        plan = plan_of(connection, one.text, {**one.values, "limit": PAGE}, run=True)
        connection.execute("rollback to before")
    return most_rows(list(plan_nodes(plan)))


def test_a_page_of_a_list_touches_what_it_shows(small: str) -> None:
    found = list_complaints(small, by_index_if_any=True)
    assert not found, "\n".join(found)


@pytest.mark.long
@pytest.mark.timeout(AT_SIZE_S)
def test_a_page_of_a_list_touches_what_it_shows_at_size(full: str) -> None:
    found = list_complaints(full, by_index_if_any=False)
    assert not found, "\n".join(found)


MOST_PAGES: Final = 2_000
"""Of 8 KiB, that a step of the scheduler may touch: some 10 ms when cached; more for firms with work."""
PAGES_A_FIRM: Final = 60
"""To see that it has work, to count its job up or to make one, and to publish it."""
MEASURED: Final = 3


def carry_out(url: str, name: str, clock: FakeClock) -> None:
    """Do a step of the scheduler, over connections of its own."""
    with open_pool(url, min_size=1, max_size=2, application_name=STEPPING) as pool:

        def units_of_work(actor: Actor) -> PostgresUnitOfWork:
            return PostgresUnitOfWork(pool, actor)

        slots = {job: rhythm for job, rhythm in TIMETABLE.items() if job == name}
        due = PublishDueJobs(units_of_work, clock, slots or TIMETABLE, FakeNotices())
        if name == "recover":
            due.recover(SYSTEM)
        elif name == "wake":
            due.wake(SYSTEM)
        else:
            due.tick(SYSTEM)


STEPPING: Final = "casebridge-test-step"


def pages_touched(url: str) -> int:
    """Return how many pages this database was asked for, all connections that have ended together."""
    with psycopg.connect(url, autocommit=True) as connection:

        def have_all_told() -> bool:
            asked = "select from pg_stat_activity where application_name = %s"
            return connection.execute(asked, [STEPPING]).fetchone() is None

        eventually(have_all_told, 30, "the end of the scheduler's connections")
        row = connection.execute(
            "select blks_hit + blks_read from pg_stat_database where datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.long
@pytest.mark.timeout(AT_SIZE_S)
@pytest.mark.parametrize("name", [*(name for name in TIMETABLE if name not in NIGHTLY), "recover", "wake"])
def test_a_step_of_the_scheduler_touches_little_at_size(full: str, name: str) -> None:
    """Counted in pages, not in milliseconds, which are the machine's: those of 50 ms are 10,000 and more."""
    clock = FakeClock(datetime.now(UTC))
    carry_out(full, name, clock)  # what was left undone so far
    touched_at_best = None
    for _ in range(MEASURED):  # autovacuum touches pages too
        clock.advance(timedelta(minutes=20))
        before = pages_touched(full)
        carry_out(full, name, clock)
        now = pages_touched(full) - before
        touched_at_best = now if touched_at_best is None else min(now, touched_at_best)
    with psycopg.connect(full) as connection:
        row = connection.execute(
            "select count(distinct firm_id) from jobs where name = any(%s)",
            [[name] if name in set(TIMETABLE) else WOKEN],
        ).fetchone()
    assert row is not None
    assert touched_at_best is not None
    assert touched_at_best <= MOST_PAGES + PAGES_A_FIRM * row[0], f"{row[0]} firms have work"


WOKEN: Final = [name.value for name in DELIVERED_BY]
