"""The main job in containers, with what goes wrong in production: `make compose-check`, 8 to 20 minutes.

Builds the image, starts compose.yaml with three workers and the sandbox as a project of its own on free
ports, imports a firm's cases and sends messages over RabbitMQ and HTTP. Then, always under load: a worker is
killed in the act, the main process of every service dies, Postgres is restarted and killed, RabbitMQ is
restarted and killed, all processes are stopped in order. After each, the sandbox's report must hold the note
of every message exactly once, and those of each case in order. Where there is no Docker engine it says so and
does nothing.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.compose.project import NoEngineError, Project
from tests.compose.upstream import FIRM, SANDBOX_FIRM, Upstream
from tests.servers.waiting import eventually

WORKERS = 3
PROCESSES = ("web", "intake", "scheduler", "worker")
SLOW_MS = 300
"""How late the sandbox answers after it has stored a note: whoever is killed is killed in doubt."""
_HOLDER = """
select owner || ' ' || host
from lanes join processes on process_id = split_part(owner, '/', 1)::bigint limit 1
"""
"""Who has a claim, and its container: a container's host name is its short id."""
RECOVERED_WITHIN_S = 360.0
"""A process's silence (15 s) and the time in which an answer may still be on the way (45 s), and to spare."""


class Trial:
    """The steps, in order; each raises where it does not hold, and is timed."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._upstream = Upstream(project)
        self.seconds: dict[str, float] = {}
        self.facts: dict[str, Any] = {}

    def run(self) -> None:
        """Go through all of it."""
        self._step("build, start, all healthy", self._start)
        self._step("migrated once; nothing published beyond loopback; no root", self._look)
        self._step("firm connected, cases imported", self._import)
        self._step("messages over RabbitMQ and HTTP", self._messages)
        self._step("a worker killed in the act", self._kill_a_worker)
        self._step("every process dies and comes back", self._kill_processes)
        self._step("Postgres restarted, then killed", lambda: self._hurt("postgres"))
        self._step("RabbitMQ restarted, then killed", lambda: self._hurt("rabbitmq"))
        self._step("RabbitMQ killed with messages in its queues", self._kill_a_full_broker)
        self._step("processes stopped in order under load", self._stop_processes)
        self._step("everything stopped in order", self._stop_all)

    def _start(self) -> None:
        self._project.up()
        eventually(lambda: not self._project.unhealthy(), 120, "all containers healthy", poll_s=1)

    def _look(self) -> None:
        assert self._project.sql("select count(*) > 0 from schema_migrations") == ["t"]
        for service in (*PROCESSES, "migrate", "sandbox"):
            for container in self._project.containers(service):
                [found] = json.loads(self._project.docker("inspect", container))
                assert found["Config"]["User"] not in {"", "0", "root"}, service
                ports = [p for bound in found["HostConfig"]["PortBindings"].values() for p in bound]
                assert all(port["HostIp"] == "127.0.0.1" for port in ports), service

    def _import(self) -> None:
        project = self._project
        areas = json.dumps(self._upstream.ask("practice-areas"))
        project.casebridge("firms", "add", FIRM, "--practice-areas", "/dev/stdin", stdin=areas)
        url, secret = "http://sandbox:8090/CaseSyncAPI/", {"CASEBRIDGE_CONNECT_PASSWORD": "sandbox"}
        project.casebridge("connect", FIRM, "--url", url, "--username", SANDBOX_FIRM, env=secret)
        run_id = project.casebridge("sync", "cases", FIRM)["run_id"]

        def finished() -> dict[str, Any] | None:
            shown: dict[str, Any] = project.casebridge("runs", "show", str(run_id))
            return shown if shown["state"] == "finished" else None

        shown = eventually(finished, 120, "the run finishing", poll_s=1)
        assert shown is not None
        counts = shown["counts"]
        expected = self._upstream.ask("expected")["firms"][SANDBOX_FIRM]
        assert counts["created"] == expected["importable"], (counts, expected)
        self.facts["cases"] = counts

    def _messages(self) -> None:
        self._upstream.begin(300, over="amqp").finish()
        self._upstream.begin(200, over="http").finish()
        self._upstream.await_all(120)

    def _kill_a_worker(self) -> None:
        with self._load(500, rate=25, over="amqp") as is_running:
            killed, held = self._kill_one_in_the_act(is_running)
        began = time.monotonic()
        self._upstream.await_all(RECOVERED_WITHIN_S)
        adopted = self._project.sql("select count(*) from deliveries where adopted")
        self.facts["claims_of_the_killed_worker"] = held
        self.facts["notes_found_instead_of_sent_again"] = int(adopted[0])
        self.facts["seconds_until_all_was_there"] = round(time.monotonic() - began, 1)
        # `docker kill` counts as wanted, so the engine leaves it down.
        assert not self._project.state(killed)["Running"]
        self._project.docker("start", killed)
        self._await_health()

    def _kill_one_in_the_act(self, is_running: Callable[[], bool]) -> tuple[str, int]:
        """Kill a worker while it has claims. Return its container, and how many it had at its death."""

        def holder() -> str | None:
            holders = self._project.sql(_HOLDER)
            return holders[0] if holders and is_running() else None

        for _ in range(20):
            name = eventually(holder, 20, "a worker with claims", poll_s=0.1)
            assert name is not None
            owner, container = name.split()
            assert any(known.startswith(container) for known in self._project.containers("worker"))
            self._project.docker("kill", container)
            held = int(self._project.sql(f"select count(*) from lanes where owner = '{owner}'")[0])
            if held:
                return container, held
            self._project.docker("start", container)
        raise AssertionError("no worker could be killed with claims in its hand")

    def _kill_processes(self) -> None:
        with self._load(600, rate=20, over="http") as is_running:
            for service in PROCESSES:
                if service == "web":
                    continue  # it takes the load itself: it dies last, below
                for container in self._project.containers(service):
                    self._die(container)
            assert is_running(), "the load ended before the last kill: that tried nothing"
            self._die(self._project.containers("web")[0])
        self._upstream.await_all(RECOVERED_WITHIN_S)
        self._await_health()

    def _die(self, container: str) -> None:
        before = self._project.state(container)["Restarts"]
        self._project.kill_9(container)

        def is_back() -> bool:
            state = self._project.state(container)
            return bool(state["Running"] and state["Restarts"] > before)

        eventually(is_back, 30, "the container being started again by its restart rule", poll_s=0.2)

    def _hurt(self, service: str) -> None:
        with self._load(900, rate=15, over="http") as is_running:
            self._project.compose("restart", service)
            eventually(lambda: not self._project.unhealthy(), 120, f"{service} healthy again", poll_s=1)
            [container] = self._project.containers(service)
            assert is_running(), "the load ended before the kill: that tried nothing"
            self._die(container)
        self._upstream.await_all(RECOVERED_WITHIN_S)
        self._await_health()

    def _kill_a_full_broker(self) -> None:
        self._project.compose("stop", "intake")
        self._upstream.begin(300, over="amqp").finish()
        [broker] = self._project.containers("rabbitmq")
        self._die(broker)
        self._project.compose("start", "intake")
        self._upstream.await_all(RECOVERED_WITHIN_S)
        self._await_health()

    def _stop_processes(self) -> None:
        self._slow()
        self._upstream.begin(400, over="amqp").finish()
        eventually(lambda: bool(self._upstream.unfinished()), 30, "work under way", poll_s=0.1)
        self.facts["seconds_to_stop_processes_under_load"] = self._stopped(*PROCESSES)
        left = len(self._upstream.unfinished())
        self.facts["deliveries_open_while_stopped"] = left
        assert left, "all was done before the stop: that tried nothing"
        self._fast()
        self._project.compose("start", *PROCESSES)
        self._upstream.await_all(RECOVERED_WITHIN_S)

    def _stop_all(self) -> None:
        self._await_health()
        self.facts["seconds_to_stop_everything"] = self._stopped(
            *PROCESSES, "sandbox", "postgres", "rabbitmq"
        )

    def _stopped(self, *services: str) -> float:
        """Stop services. Return the seconds it took; hold that all of them ended by themselves, with 0."""
        began = time.monotonic()
        self._project.compose("stop", *services)
        took_s = time.monotonic() - began
        for service in services:
            for container in self._project.containers(service):
                state = self._project.state(container)
                assert state["ExitCode"] == 0, f"{service} ended with {state['ExitCode']}"
                assert not state["OOMKilled"], service
        return round(took_s, 1)

    @contextmanager
    def _load(self, count: int, *, rate: float, over: str) -> Iterator[Callable[[], bool]]:
        """Publish while the block runs, with a sandbox that answers late; then see all of it published."""
        self._slow()
        publishing = self._upstream.begin(count, over=over, rate=rate)
        try:
            yield publishing.is_running
            publishing.finish()
        finally:
            publishing.give_up()
            self._fast()

    def _slow(self) -> None:
        self._upstream.tell("PUT", "faults", [{"name": "slow_after_store", "ms": SLOW_MS}])

    def _fast(self) -> None:
        self._upstream.tell("DELETE", "faults")

    def _await_health(self) -> None:
        eventually(lambda: not self._project.unhealthy(), 120, "all containers healthy", poll_s=1)

    def _step(self, name: str, step: Callable[[], None]) -> None:
        print(f"{name} … ", end="", flush=True)
        began = time.monotonic()
        step()
        self.seconds[name] = round(time.monotonic() - began, 1)
        print(f"{self.seconds[name]:.1f} s", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the trial. 0 if all held, or if there is no engine to try it on; 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m tests.compose.try_compose", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the containers for a look")
    options = parser.parse_args(arguments)
    try:
        project = Project(workers=WORKERS, keep=options.keep)
    except NoEngineError as error:
        print(f"SKIPPED, nothing was tried: {error}")
        return 0
    with project:
        trial = Trial(project)
        try:
            trial.run()
        except Exception as error:  # noqa: BLE001 - whatever it is, the logs are wanted before they go
            traceback.print_exc(file=sys.stdout)
            print(f"\nFAILED: {error}\n\n{project.logs()}")
            return 1
    print(json.dumps({"seconds": trial.seconds, **trial.facts}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
