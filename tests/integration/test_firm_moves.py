"""A firm moves between two cells under load, and after kills: nothing lost, nothing doubled, in order."""

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from tests.deployment import FIRM, Deployment, expected_marks
from tests.servers import PostgresServer, Processes, RabbitServer, SessionGuard, WarmPython
from tests.servers.waiting import eventually

pytestmark = pytest.mark.timeout(600)  # two cells; far less on a quiet machine

STAYS, KILLED = "south", "east"
USERS = {FIRM: "firm1", STAYS: "firm2", KILLED: "firm3"}
KEY = base64.b64encode(b"t" * 32).decode()
MESSAGES = 1_500  # of each firm, at the most
AT_ONCE = 5
PER_S = 40.0


@dataclass(frozen=True)
class Cells:
    """Two cells on one PostgreSQL and one RabbitMQ, and the sandbox that both write to."""

    old: Deployment
    new: Deployment
    folder: Path

    def file(self, firm: str) -> Path:
        return self.folder / f"{firm}.firm"

    def move_on(self, firm: str) -> None:
        """Let the firm be handed over and taken over, with what came late."""
        code = self.old.run("firms", "hand-over", firm, "--yes")["code"]
        late = str(self.file(f"{firm}-late"))
        self.old.run("firms", "export", firm, late)
        self.new.run("firms", "import", firm, late)
        self.new.run("firms", "take-over", firm, code)

    def marks(self, user: str) -> dict[str, list[str]]:
        return self.old.marks(user)


@pytest.fixture(scope="module")
def cells(
    session_guard: SessionGuard,
    warm_python: WarmPython | None,
    postgres_server: PostgresServer,
    rabbit_server: RabbitServer,
    template_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cells]:
    """Both up, with a worker each; three firms are alive in the old one, each test moves another."""
    processes, folder = Processes(session_guard, warm_python), tmp_path_factory.mktemp("cells")
    databases = [postgres_server.create_database(template=template_url) for _ in range(2)]
    hosts = [rabbit_server.create_vhost() for _ in range(2)]
    made = []
    for number, (database, host) in enumerate(zip(databases, hosts, strict=True), 1):
        cell = Deployment(processes, database, host, folder)
        secret = base64.b64encode(bytes([number]) * 32).decode()
        cell.env |= {
            "CASEBRIDGE_CELL": str(number),
            "CASEBRIDGE_TRANSFER_KEY": KEY,
            "CASEBRIDGE_SECRET_KEYS": f"of-{number}:{secret}",
        }
        cell.run("migrate")
        made.append(cell)
    old, new = made
    old.sandbox("--cases", "30", "--firms", "3")
    new.sandbox_url = old.sandbox_url
    for cell in made:
        cell.up()
    for firm, user in USERS.items():
        old.connect(firm, user)
        old.import_cases(firm)
    yield Cells(old, new, folder)
    processes.close()
    for database in databases:
        postgres_server.drop_database(database)
    for host in hosts:
        rabbit_server.drop_vhost(host)


def seen(cell: Deployment) -> int:
    """How many events the cell has taken in or set aside."""
    return int(cell.stored("select (select count(*) from inbox) + (select count(*) from rejected_events)"))


def taken_in(cell: Deployment, firm: str) -> int:
    """How many of them were a firm's: none that was set aside is another's here."""
    return int(
        cell.stored(
            "select (select count(*) from inbox where firm_id = %s) + (select count(*) from rejected_events)",
            firm,
        )
    )


class Upstream(threading.Thread):
    """Sends both firms' messages, those of `north` to the new cell once it was told to, until it is over."""

    def __init__(self, cells: Cells) -> None:
        super().__init__()
        self._cells = cells
        self._messages = [
            cells.old.messages(MESSAGES),
            cells.old.messages(MESSAGES, firm=STAYS, user="firm2", seed=2),
        ]
        self.is_moved, self.is_over = threading.Event(), threading.Event()
        self.sent, self.sent_to_old = 0, 0

    def run(self) -> None:
        while not self.is_over.is_set() and self.sent < MESSAGES:
            north, south = (bodies[self.sent : self.sent + AT_ONCE] for bodies in self._messages)
            if self.is_moved.is_set():
                self._cells.new.publish(north)
            else:
                self._cells.old.publish(north)
                self.sent_to_old += AT_ONCE
            self._cells.old.publish(south, rate=PER_S)
            self.sent += AT_ONCE

    def sent_of(self, firm: int) -> list[bytes]:
        return self._messages[firm][: self.sent]


def test_a_firm_moves_while_its_messages_and_others_flow(cells: Cells) -> None:
    old, new = cells.old, cells.new
    upstream = Upstream(cells)
    upstream.start()
    old.await_true(lambda: old.notes_written() > 50, 60, "notes before the move")
    exported = old.run("firms", "export", FIRM, str(cells.file(FIRM)))
    new.run("firms", "import", FIRM, str(cells.file(FIRM)))
    at_export = upstream.sent
    old.await_true(lambda: upstream.sent > at_export, 60, "messages that come too late for the file")
    upstream.is_moved.set()  # what is on its way to the old cell is not lost
    old.await_true(lambda: seen(new) > 0, 60, "messages in the new cell")
    old.await_true(
        lambda: taken_in(old, FIRM) == upstream.sent_to_old, 60, "the old cell's queue without the firm's"
    )
    cells.move_on(FIRM)
    upstream.is_over.set()
    upstream.join()
    north, south = upstream.sent_of(0), upstream.sent_of(1)
    assert exported["rows"]["deliveries"] > 0
    assert 0 < upstream.sent_to_old < len(north)
    old.await_notes(len(north) + len(south), 120)
    assert cells.marks("firm1") == expected_marks(north)
    assert old.marks("firm2") == expected_marks(south)
    ids = [cell.run("deliveries", "list", "--firm", FIRM, "--limit", "10000") for cell in (old, new)]
    known = [{row["delivery_id"] for row in rows} for rows in ids]
    assert known[0] < known[1]
    assert {number % 1_000 for number in known[1] - known[0]} == {2}


def killed_at_its_tables(cell: Deployment, *command: str) -> None:
    """Start a command, kill it in the middle of the firm's tables, and let the store notice."""
    with psycopg.connect(cell.database_url) as holding:
        if "export" in command:  # it waits for what began before it: the lock must come later
            cell_is_busy(cell)
        else:
            lock(holding)
        process = cell.start(*command)
        if "export" in command:
            moving(cell, "query like '%hand_seats%outbox%'", "the waiting")
            lock(holding)
            cell_is_idle(cell)
        moving(cell, "wait_event_type = 'Lock'", f"{command} in the middle")
        process.kill()
        holding.rollback()
    moving(cell, "true", "the end of its transaction", is_over=True)


def lock(holding: psycopg.Connection) -> None:
    holding.execute("lock table letter_recipients in access exclusive mode")


def cell_is_busy(cell: Deployment) -> None:
    """Let somebody be at work for the firm."""
    with psycopg.connect(cell.database_url) as connection:
        connection.execute(
            "insert into hand_seats (firm_id, is_taken, lease_until) values (%s, false, 'infinity')",
            [KILLED],
        )


def cell_is_idle(cell: Deployment) -> None:
    with psycopg.connect(cell.database_url) as connection:
        connection.execute("delete from hand_seats where firm_id = %s", [KILLED])


def moving(cell: Deployment, which: LiteralString, what: str, *, is_over: bool = False) -> None:
    """Wait until a move has a connection that is so, or none."""
    query = (
        "select count(*) > 0 from pg_stat_activity where application_name = 'casebridge-move' "
        "and datname = current_database() and "
    )
    with psycopg.connect(cell.database_url, autocommit=True) as connection:
        eventually(
            lambda: connection.execute(query + which).fetchone() == (not is_over,),
            60,
            what,
            poll_s=0.005,
        )


def test_killed_in_the_middle_a_move_is_gone_on_with_or_called_off(cells: Cells) -> None:
    old, new, file = cells.old, cells.new, str(cells.file(KILLED))
    notes, before = old.notes_written(), seen(old)
    bodies = old.messages(40, firm=KILLED, user=USERS[KILLED], seed=3)
    there = "select count(*) from deliveries where firm_id = %s"
    old.publish(bodies[:20])
    old.await_notes(notes + 20)
    killed_at_its_tables(old, "firms", "export", KILLED, file)
    assert not cells.file(KILLED).exists()
    old.publish(bodies[20:30])
    old.await_true(lambda: seen(old) == before + 30, 60, "the events set aside")
    assert old.notes_written() == notes + 20, "the firm rests"
    old.run("firms", "call-off", KILLED)
    old.await_notes(notes + 30)
    killed_at_its_tables(old, "firms", "export", KILLED, file)
    old.run("firms", "export", KILLED, file)  # gone on with
    killed_at_its_tables(new, "firms", "import", KILLED, file)
    assert new.stored(there, KILLED) == 0
    assert new.stored("select count(*) from firm_moves where firm_id = %s", KILLED) == 0
    new.run("firms", "import", KILLED, file)
    new.run("firms", "call-off", KILLED)
    assert new.stored(there, KILLED) == 0
    new.run("firms", "import", KILLED, file)
    cells.move_on(KILLED)
    new.publish(bodies[30:])
    new.await_notes(notes + 40)
    assert cells.marks(USERS[KILLED]) == expected_marks(bodies)
