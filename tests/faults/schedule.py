"""Random schedules of faults, each made from a seed and its number, and told in words."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.faults.held import HOLDS
from tests.faults.process import CLOCK_OFFSET_S, KILL_AFTER, KILL_AT, STEPS
from tests.faults.rig import FAULT_S, LINKS, ROLES, Rig
from tests.servers import PostgresServer, RabbitServer
from tests.servers.rabbit_cluster import NODES

PACE_S: Final = 0.03
SMARTADVOCATE: Final[tuple[dict[str, Any], ...]] = (
    {"name": "latency", "ms": 300},
    {"name": "latency", "ms": 3000, "times": 1, "purpose": "insert-note"},
    {"name": "reset", "probability": 0.3},
    {"name": "too_many_requests", "retry_after": 1, "times": 2},
    {"name": "server_error", "status": 500, "probability": 0.3},
    {"name": "server_error", "status": 502, "probability": 0.3, "purpose": "insert-note"},
    {"name": "empty_200", "probability": 0.3, "purpose": "insert-note"},
    {"name": "store_then_reset", "probability": 0.3, "purpose": "insert-note"},
    {"name": "store_then_hang", "ms": 5000, "times": 1, "purpose": "insert-note"},
    {"name": "slow_after_store", "ms": 3000, "times": 1, "purpose": "insert-note"},
    {"name": "expire_tokens", "times": 1},
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, the message before which it begins, how it begins, and of which kind it is."""

    before: int
    words: str
    begin: Callable[[], object]
    kind: str


class Schedule:
    """A batch of messages for several cases of both firms, and one to four faults at random moments."""

    def __init__(
        self,
        seed: int,
        number: int,
        rig: Rig,
        postgres: PostgresServer,
        rabbit: RabbitServer,
        *,
        frozen_s: float = FAULT_S,
    ) -> None:
        """`frozen_s` is how long a frozen network stays so."""
        self._rng = random.Random(f"{seed}/{number}")
        self._rig, self._postgres, self._rabbit = rig, postgres, rabbit
        self.messages = self._rng.randint(16, 40)
        self._cases = self._rng.randint(1, 6)
        self._has_restarted_rabbitmq = False
        self._frozen_s = frozen_s
        self.faults = sorted(
            (self._fault() for _ in range(self._rng.randint(1, 4))), key=lambda fault: fault.before
        )
        self._lasts_s = self._rng.uniform(0, FAULT_S)
        if any(fault.kind == "frozen" for fault in self.faults):
            self._lasts_s = frozen_s

    def __str__(self) -> str:
        faults = "; ".join(f"before message {fault.before}: {fault.words}" for fault in self.faults)
        messages = f"{self.messages} messages to {self._cases} cases of each firm"
        return f"{messages}; {faults}; then {self._lasts_s:.1f} s"

    def run(self) -> None:
        """Send and spoil, then mend everything and hold that each message is there once and in order."""
        rig = self._rig
        rig.begin_batch()
        for n in range(self.messages):
            for fault in self.faults:
                if fault.before == n:
                    fault.begin()
            rig.send(1, cases=self._cases, firms=(self._rng.choice(("north", "south")),))
            time.sleep(PACE_S)  # the pace at which messages come
        time.sleep(self._lasts_s)  # how long the faults go on
        rig.heal()
        rig.assert_exactly_once(120)

    def _fault(self) -> Fault:
        before = self._rng.randrange(self.messages)
        kinds = {
            self._network: 8,
            self._frozen: 1,
            self._stand_still: 4,
            self._held_transaction: 3,
            self._lose_a_node: 3,
            self._kill: 4,
            self._kill_at_a_step: 6,
            self._smartadvocate: 5,
            self._wrong_clock: 1,
            self._end_backends: 2,
            self._close_broker_connections: 2,
            self._delete_queues: 2,
            self._restart_postgres: 1,
            self._restart_rabbitmq: 1,
        }
        [kind] = self._rng.choices(list(kinds), weights=list(kinds.values()))
        words, begin = kind()
        return Fault(before, words, begin, kind.__name__.strip("_"))

    def _network(self) -> tuple[str, Callable[[], object]]:
        link = self._rng.choice(LINKS)
        network = self._rig.networks[link]
        latency_s = self._rng.uniform(0.05, 0.5)
        ways: dict[str, Callable[[], object]] = {
            f"{latency_s:.2f} s slower": lambda: network.slow(latency_s),
            "cut": network.cut,
            "resetting": network.reset,
            "half open": network.half_open,
        }
        way = self._rng.choice(list(ways))
        return f"network {link[0]}-{link[1]} {way}", ways[way]

    def _frozen(self) -> tuple[str, Callable[[], object]]:
        link = self._rng.choice(LINKS)
        network = self._rig.networks[link]
        return f"network {link[0]}-{link[1]} half open for {self._frozen_s:g} s", network.half_open

    def _stand_still(self) -> tuple[str, Callable[[], object]]:
        role, seconds = self._rng.choice(list(ROLES)), self._rng.uniform(0.5, 9)
        return f"SIGSTOP of the {role}, SIGCONT {seconds:.1f} s later", lambda: self._rig.stand_still(
            role, seconds
        )

    def _held_transaction(self) -> tuple[str, Callable[[], object]]:
        holds, seconds = self._rng.choice(list(HOLDS)), self._rng.uniform(1, 8)
        return (
            f"a foreign transaction holds {holds} for {seconds:.1f} s",
            lambda: self._rig.hold_a_transaction(holds, seconds),
        )

    def _lose_a_node(self) -> tuple[str, Callable[[], object]]:
        cluster = self._rig.cluster
        which, how = self._rng.randrange(NODES), self._rng.choice(("killed", "stopped"))
        if cluster is None:
            return self._close_broker_connections()

        def lose() -> None:
            if cluster.down:
                return  # two of three are needed
            node = cluster.nodes[which]
            cluster.kill(node) if how == "killed" else cluster.stop(node)
            self._has_restarted_rabbitmq = True

        return f"node {which} of {NODES} of RabbitMQ {how}, unless one is down", lose

    def _kill(self) -> tuple[str, Callable[[], object]]:
        role = self._rng.choice(list(ROLES))

        def kill() -> None:
            self._rig.stop_role(role)
            self._rig.start_role(role, ready=False)

        return f"kill -9 of the {role}", kill

    def _kill_at_a_step(self) -> tuple[str, Callable[[], object]]:
        role = self._rng.choice(list(ROLES))
        step, after = self._rng.choice(STEPS[role]), self._rng.randint(1, 6)
        return (
            f"the {role} kills itself at passing {after} of {step!r}",
            lambda: self._anew(role, {KILL_AT: step, KILL_AFTER: str(after)}),
        )

    def _wrong_clock(self) -> tuple[str, Callable[[], object]]:
        role, offset_s = self._rng.choice(("worker", "scheduler")), self._rng.choice((-3600, 3600))
        return f"{role} with a clock {offset_s} s wrong", lambda: self._anew(
            role, {CLOCK_OFFSET_S: str(offset_s)}
        )

    def _anew(self, role: str, env: dict[str, str]) -> None:
        self._rig.stop_role(role)
        self._rig.start_role(role, env, ready=False)

    def _smartadvocate(self) -> tuple[str, Callable[[], object]]:
        fault = self._rng.choice(SMARTADVOCATE) | {"seed": self._rng.randrange(1000)}
        return f"SmartAdvocate {fault}", lambda: self._rig.tell("POST", "faults", fault)

    def _end_backends(self) -> tuple[str, Callable[[], object]]:
        return "all database connections killed", self._rig.end_backends

    def _close_broker_connections(self) -> tuple[str, Callable[[], object]]:
        return "all broker connections closed", lambda: self._rabbit.close_all_connections(self._rig.amqp_url)

    def _delete_queues(self) -> tuple[str, Callable[[], object]]:
        def delete() -> None:
            # RabbitMQ (seen with 3.10) ruins queues deleted while it still elects their leaders.
            if not self._has_restarted_rabbitmq:
                self._rabbit.delete_queues(self._rig.amqp_url)
            self._rig.resend()

        return "all queues deleted, unless RabbitMQ was restarted before; upstream sends again", delete

    def _restart_postgres(self) -> tuple[str, Callable[[], object]]:
        if not self._postgres.is_ours:
            return self._end_backends()
        return "PostgreSQL restarted", self._postgres.restart

    def _restart_rabbitmq(self) -> tuple[str, Callable[[], object]]:
        if not self._rabbit.is_ours:
            return self._close_broker_connections()

        def restart() -> None:
            if self._rig.cluster is not None and self._rig.cluster.down:
                return  # two of three are needed
            self._rabbit.restart()
            self._has_restarted_rabbitmq = True

        return "RabbitMQ restarted", restart
