"""No statement reads a table that grows from end to end, whoever asks: casebridge itself, or a person.

Every statement of every `.sql` file is found by walking, and explained with values of rows that are there. In
the short form there is little, and the planner reads a table whole only where no index will do; in the long
one (`--long`) it is as it is, over 1,000,000 cases and 2,000,000 deliveries of 10,000 firms.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, LiteralString

import psycopg
import pytest
from psycopg import errors

from adapters.postgres.deliveries.desk import statement_for
from adapters.postgres.store.access import begin, opening, prepare_role
from adapters.postgres.store.migrate import migrate
from adapters.postgres.store.pool import connection_arguments
from adapters.postgres.store.statements import Statements
from adapters.postgres.views.views import statement_of_cases
from core.actor import ALL_FIRMS, SYSTEM, Actor, Reach, Role
from core.delivery_selection import Bounds, Selection
from core.event import EventKind
from core.firm_view import CaseFilter
from core.reason import Reason
from tests.integration.test_postgres_statements import CONDITION, FILES
from tests.servers import PostgresServer, SessionGuard, found_postgres
from tests.size.filled import FULL, SMALL, fill
from tests.size.given import Given, all_given
from tests.size.plans import asks_nothing, is_partial, plan_of, read_whole

_NO_PLAN: Final = "a setting, or a table: nothing is asked"
_ALL_FIRMS: Final = "it is about every firm there is"
_DELETION: Final = "when a firm is deleted, by a person"
_BY_HAND: Final = "as many as people make by hand, and all of them are shown"
_UNDER_WAY: Final = "what waits or is under way, all of it beside all of something else that is"
_KEYS: Final = "when keys are looked at or changed, by a person"
EXCEPTIONS: Final[Mapping[str, str]] = {
    "api_keys.list": _BY_HAND,
    "api_keys.revoke_of_firm": _DELETION,
    "api_keys.take_firm": _DELETION,
    "bulk.list": _BY_HAND,
    "connections.wait_for_renewals": _NO_PLAN,
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
    "migrate.wait_for_others": _NO_PLAN,
    "outbox_reader.listen": _NO_PLAN,
    "overview.by_night": "words are looked for in every firm's name",
    "overview.by_problems": _ALL_FIRMS,
    "people.list": _BY_HAND,
    "people.remove_of_firm": _DELETION,
    "people.take_firm": _DELETION,
    "runs.due_without_job": _UNDER_WAY,
    "sessions.end_sessions_of_firm": _DELETION,
    "sessions.take_firm_from_sessions": _DELETION,
    "shared_notes.forget": "firms with two-way messages, and each is compared with its setting",
    "texts.purge_delivered": "each firm has a time of its own",
}
"""Statements that may, and why."""
_OF_ALL: Final = ("audit.list", "issues.list_open", "runs.list", "upkeep.oldest")
"""Beginnings of what is asked for all firms alone: there is another statement for some."""
_NEVER_LIMITED: Final = {"lanes.take_back"}
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
        return reach is ALL_FIRMS or selection.firm_id is not None
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
        plan = plan_of(connection, one.text, one.values)
    except errors.InsufficientPrivilege:
        connection.execute("rollback to before")
        return {}  # what people and programs have no business with
    except psycopg.Error as error:
        connection.execute("rollback to before")
        return {one.name: f"cannot be explained: {str(error).splitlines()[0]}"}
    connection.execute("release before")
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
@pytest.mark.parametrize("limited", [False, True], ids=["casebridge itself", "people and programs"])
def test_no_statement_reads_a_table_whole_at_size(full: str, limited: bool) -> None:
    found = complaints(full, limited=limited, by_index_if_any=False)
    assert not found, "\n".join(found)
