"""A deployment for faults: a bad network between any two, and a supervisor for its processes."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pika
import psutil
import psycopg
from pika.exceptions import AMQPError

from sandbox.upstream import EXCHANGE, case_ids
from sandbox.upstream_events import CONTENT_TYPE, MESSAGE_SENT, MessageEvents
from tests.deployment import Deployment, expected_marks
from tests.faults.held import HeldTransaction
from tests.faults.process import RETRY_S
from tests.faults.ways import Ways
from tests.servers.processes import Processes, RunningProcess
from tests.servers.rabbit_cluster import RabbitCluster
from tests.servers.tcp_proxy import HOST
from tests.servers.waiting import eventually

ROLES: Final = {"intake": ("intake",), "scheduler": ("schedule",), "worker": ("work", "--threads", "4")}
_READY: Final = {"intake": "intake_ready", "scheduler": "scheduler_ready", "worker": "worker_ready"}
LINKS: Final = (
    ("worker", "smartadvocate"),
    ("worker", "postgres"),
    ("worker", "rabbitmq"),
    ("scheduler", "postgres"),
    ("scheduler", "rabbitmq"),
    ("intake", "postgres"),
    ("intake", "rabbitmq"),
)
# Everything that real calls take minutes for, in seconds; the heartbeat likewise (`be_impatient`).
IMPATIENT: Final = {
    "CASEBRIDGE_SLICE_S": "1",
    "CASEBRIDGE_CALL_LIMIT_S": "2",
    "CASEBRIDGE_SETTLE_S": "4",
    "CASEBRIDGE_RECOVER_EVERY_S": "0.3",
    "CASEBRIDGE_INTAKE_RENEW_S": "3",
    "CASEBRIDGE_MESSAGES_EVERY_S": "2",
    "CASEBRIDGE_DATABASE_LIMIT_S": "3",
    RETRY_S: "0.5",
}
_RETRY_PAUSE_S = 0.2
INTAKE_AWAY_S: Final = 15.0
FAULT_S: Final = 1.5
"""How long a fault lasts; longer ones only make the pauses grow."""
FIRMS: Final = {"north": "firm1", "south": "firm2"}


class Rig(Deployment):
    """Two firms with imported cases; every connection of every role goes through a proxy of its own."""

    def __init__(
        self,
        processes: Processes,
        database_url: str,
        amqp_url: str,
        folder: Path,
        cluster: RabbitCluster | None = None,
    ) -> None:
        super().__init__(processes, database_url, amqp_url, folder, **IMPATIENT)
        self._stack = ExitStack()
        self.cluster = cluster
        self._brokers = cluster.urls(amqp_url) if cluster else [amqp_url]
        self.networks: dict[tuple[str, str], Ways] = {}
        self._standing: list[psutil.Process] = []
        self._held: list[HeldTransaction] = []
        self._running: dict[str, RunningProcess] = {}
        self.ended: list[str] = []  # what processes that ended by themselves said
        self._cases: dict[str, list[int]] = {}
        self._last_moment = datetime.min.replace(tzinfo=UTC)
        self.sent: dict[str, list[bytes]] = {firm: [] for firm in FIRMS}
        self._batch: list[bytes] = []
        self._publisher = Upstream(*self._brokers)

    def begin(self, cases: int = 30) -> None:
        """Start the sandbox, connect both firms through the proxy, import their cases; all roles run."""
        self.sandbox("--cases", str(cases), "--firms", str(len(FIRMS)))
        servers = {
            "postgres": [self.database_url],
            "rabbitmq": self._brokers,
            "smartadvocate": [self.sandbox_url],
        }
        for role, server in LINKS:
            self.networks[role, server] = self._stack.enter_context(closing(Ways(servers[server])))
        for role in ROLES:
            self.start_role(role)
        self.smartadvocate_url = f"http://{HOST}:{self.networks['worker', 'smartadvocate'].port}"
        for firm, user in FIRMS.items():
            self.connect(firm, user)
            self.import_cases(firm)

    def start_role(
        self, role: str, env: Mapping[str, str] | None = None, *, ready: bool = True
    ) -> RunningProcess:
        """Start a role's process and wait until it is `ready`; a former one must have ended."""
        former = self._running.get(role)
        assert former is None or not former.is_running()
        through = {
            "CASEBRIDGE_DATABASE_URL": self.networks[role, "postgres"].addresses(),
            "CASEBRIDGE_AMQP_URL": self.networks[role, "rabbitmq"].addresses("?heartbeat=2"),
        }
        process = self._processes.start(
            "tests.faults.process", *ROLES[role], env={**self.env, **through, **(env or {})}
        )
        self._running[role] = process
        if ready:
            process.wait_for_line(_READY[role], 60)
        return process

    def stop_role(self, role: str) -> None:
        """Kill a role's process; it is not started anew before somebody asks for it."""
        self._running[role].close()

    def heal(self) -> None:
        """Mend every network, clear SmartAdvocate's faults, and let all nodes and roles run.

        Who stands still goes on, and what a foreign transaction holds is let go.
        """
        for network in self.networks.values():
            network.heal()
        for held in self._held:
            held.end()
        self._held.clear()
        self.go_on()
        if self.cluster is not None:
            self.cluster.start_all()
        self.tell("DELETE", "faults")
        self.supervise()

    def role(self, role: str) -> RunningProcess:
        """The supervised process of a role."""
        return self._running[role]

    def supervise(self) -> None:
        """Start what has ended anew, as a supervisor does."""
        for role, process in list(self._running.items()):
            if not process.is_running():
                process.close()
                self.ended.append(process.describe("ended by itself"))
                self.start_role(role, ready=False)

    def stand_still(self, role: str, seconds: float) -> None:
        """Stop a role's process where it is (SIGSTOP), and let it go on (SIGCONT) after so long."""
        process = psutil.Process(self._running[role].pid)
        with suppress(psutil.NoSuchProcess):
            process.suspend()
            self._standing.append(process)
            later = threading.Timer(seconds, self.go_on, [process])
            later.daemon = True
            later.start()

    def go_on(self, process: psutil.Process | None = None) -> None:
        """Let the process go on, or (None) all that stand still."""
        for one in [process] if process else self._standing:
            with suppress(psutil.NoSuchProcess):  # psutil knows a number that another process has by now
                one.resume()
        if process is None:
            self._standing.clear()

    def hold_a_transaction(self, holds: str, seconds: float) -> None:
        """Let somebody else hold a snapshot, and locks, for so long at most."""
        self._held.append(HeldTransaction(self.database_url, holds, seconds).begin())

    def end_backends(self) -> None:
        """Kill all connections to the database, as an operator or a failover does."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and backend_type = 'client backend' "
                "and pid <> pg_backend_pid()"
            )

    def send(self, count: int, *, cases: int = 5, firms: Sequence[str] = tuple(FIRMS)) -> None:
        """Let upstream send so many messages, by turns to a few cases of each firm; back when all are taken.

        Upstream repeats what was not confirmed, and sends nothing newer before.
        """
        for n in range(count):
            firm = firms[n % len(firms)]
            number = len(self.sent[firm])
            body = MessageEvents(firm, self._case_ids(firm)[:cases], seed=1).body(number, self._next_moment())
            self.sent[firm].append(body)
            self._batch.append(body)
            self._publish(body)

    def begin_batch(self) -> None:
        """What was sent so far is delivered: upstream forgets it."""
        self._batch.clear()

    def resend(self) -> None:
        """Let upstream send this batch again, as it does where the broker has lost its queues."""
        for body in self._batch:
            self._publish(body)

    def _publish(self, body: bytes) -> None:
        """Publish until the broker has it; who consumes is kept alive, for it declares the queues.

        Where a schedule deletes them while it keeps the intake from both servers, the fault ends first.
        """
        began_at = time.monotonic()

        def published() -> bool:
            self.supervise()
            if time.monotonic() - began_at > INTAKE_AWAY_S:
                self.networks["intake", "rabbitmq"].heal()
                self.networks["intake", "postgres"].heal()
            return self._publisher.publish(body)

        eventually(published, 120, "a message taken by the broker", poll_s=_RETRY_PAUSE_S)

    def expected(self) -> dict[str, dict[str, list[str]]]:
        """The marks that must be on each firm's cases, in order."""
        return {user: expected_marks(self.sent[firm]) for firm, user in FIRMS.items()}

    def notes(self) -> dict[str, dict[str, list[str]]]:
        """The marks that are on each firm's cases, in the order of their coming."""
        notes = self.ask("report")["notes"]
        return {
            user: {case: [str(n["mark"]).rpartition(" ")[2] for n in rows] for case, rows in cases.items()}
            for user, cases in notes.items()
            if cases or user in FIRMS.values()
        }

    def assert_exactly_once(self, within_s: float = 60) -> None:
        """Accepted events = notes, none twice, order kept; and the store says the same."""
        count = sum(len(bodies) for bodies in self.sent.values())
        self.await_true(lambda: self.notes_written() >= count, within_s, f"{count} notes")
        self.await_true(lambda: self.open_deliveries() == 0, within_s, "all recorded as delivered")
        with self._telling():
            report = self.ask("report?notes=0")
            assert (report["notes_written"], report["notes_duplicated"]) == (count, 0)
            assert self.notes() == self.expected()

    def await_true(self, condition: Callable[[], object], within_s: float, what: str) -> None:
        """Wait until something is true, under the supervisor's eyes: a process may kill itself only now."""

        def supervised() -> object:
            self.supervise()
            return condition()

        super().await_true(supervised, within_s, what)

    def close(self) -> None:
        """End the proxies; the processes are their starter's."""
        self._stack.close()
        self._publisher.close()

    def _case_ids(self, firm: str) -> list[int]:
        found = self._cases.get(firm)
        if found is None:
            found = self._cases[firm] = case_ids(self.sandbox_url, FIRMS[firm])
        return found

    def _next_moment(self) -> datetime:
        self._last_moment = max(datetime.now(UTC), self._last_moment + timedelta(milliseconds=1))
        return self._last_moment


class Upstream:
    """Publishes one message at a time, past the proxies, on a connection that is made anew when lost.

    Of several nodes to any: one that cannot publish is left for the others.
    """

    def __init__(self, *amqp_urls: str) -> None:
        self._nodes = [pika.URLParameters(url) for url in amqp_urls]
        self._connection: pika.BlockingConnection | None = None

    def publish(self, body: bytes) -> bool:
        """True once the broker has confirmed it; False where it is to be sent again."""
        try:
            if self._connection is None:
                self._connection = pika.BlockingConnection(self._nodes)
                self._channel = self._connection.channel()
                self._channel.confirm_delivery()
            properties = pika.BasicProperties(content_type=CONTENT_TYPE, delivery_mode=2)
            self._channel.basic_publish(EXCHANGE, MESSAGE_SENT, body, properties, mandatory=True)
        except (AMQPError, OSError, AssertionError):
            self.close()
            self._nodes.append(self._nodes.pop(0))
            return False
        return True

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        with suppress(AMQPError, OSError, AssertionError):
            if connection is not None and connection.is_open:
                connection.close()
