"""A private RabbitMQ node from the programs on this machine: own ports, own folder, own epmd."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.servers.folders import make_folder
from tests.servers.guard import FOLDER, PROCESS, SessionGuard, end_process_tree
from tests.servers.ports import free_port
from tests.servers.rabbit_control import amqp_answers
from tests.servers.waiting import eventually

# Not the wrappers in /usr/sbin, which insist on the account `rabbitmq`.
PROGRAMS = (
    Path("/usr/lib/rabbitmq/bin"),
    Path("/opt/homebrew/opt/rabbitmq/sbin"),
    Path("/usr/local/opt/rabbitmq/sbin"),
)
HOST = "127.0.0.1"
START_WITHIN_S = 150.0
STOP_WITHIN_S = 30.0
COMMAND_WITHIN_S = 60.0


def find_programs() -> Path | None:
    """Return the folder with `rabbitmq-server` and `rabbitmqctl`, or None."""
    for folder in PROGRAMS:
        if (folder / "rabbitmq-server").exists() and (folder / "rabbitmqctl").exists():
            return folder
    return None


class NodeEndedError(RuntimeError):
    """The node ended while it was starting; the message shows what it printed."""


class PrivateRabbitNode:
    """One node, alone on 127.0.0.1. Works as root and as a user; nothing outside its folder is written."""

    def __init__(
        self,
        programs: Path,
        guard: SessionGuard,
        *,
        durable: bool = False,
        member_of: "PrivateRabbitNode | None" = None,
    ) -> None:
        """`member_of`: the first node of a cluster, which runs and which this one joins when it starts."""
        self.user = "casebridge"
        self.password: str = member_of.password if member_of else secrets.token_hex(12)
        self._first = member_of
        self.host = HOST
        self.port = free_port()
        self.management_port = free_port()
        self._epmd_port: int = member_of._epmd_port if member_of else free_port()
        self._programs = programs
        self._guard = guard
        self._folder = make_folder("cbtest-rabbit-", durable=durable)
        guard.watch(FOLDER, str(self._folder))
        self.name = f"cbtest{self.port}@localhost"
        self.may_have_management = member_of is None and self._has_plugin("rabbitmq_management")
        self._environment = self._write_settings()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start epmd and the node; it accepts AMQP connections on return (5 to 7 s)."""
        if self._first is None and "epmd" not in self._processes:
            # Started by us and not by the node, which would leave it behind as a daemon.
            self._spawn("epmd", [_epmd(), "-port", str(self._epmd_port), "-address", HOST])
            eventually(lambda: _listens(self._epmd_port), 10, "epmd listening")
        self._spawn("rabbitmq", [str(self._programs / "rabbitmq-server")])
        self._await_ready()

    def destroy(self) -> None:
        """End the node at once, without its six seconds of farewell, and remove its folder."""
        for name in list(self._processes):
            self._end(name, lambda process: end_process_tree(psutil.Process(process.pid)))
        shutil.rmtree(self._folder, ignore_errors=True)
        self._guard.forget(FOLDER, str(self._folder))

    def command(self, arguments: list[str]) -> str:
        """Run rabbitmqctl on this node; return what it printed, `RuntimeError` with its words if it fails."""
        done = subprocess.run(
            [str(self._programs / "rabbitmqctl"), *arguments],
            check=False,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN_S,
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"rabbitmqctl {arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}"
            )
        return done.stdout

    def stop_app(self) -> None:
        self.command(["stop_app"])

    def start_app(self) -> None:
        self.command(["start_app"])
        self._await_ready()

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        """Stop the node in order; `start` brings it back."""
        self._end("rabbitmq", lambda process: process.send_signal(signal.SIGTERM))

    def kill(self) -> None:
        """Kill the node as a power cut would; `start` brings it back with what it had stored."""
        self._end("rabbitmq", lambda process: end_process_tree(psutil.Process(process.pid)))

    def _has_plugin(self, name: str) -> bool:
        home = self._programs.resolve().parent
        return any(home.glob(f"**/plugins/{name}-*"))

    def _write_settings(self) -> dict[str, str]:
        folder = self._folder
        command_port = free_port()
        cookie = folder / ".erlang.cookie"
        # The nodes of a cluster know each other by it.
        first = self._first
        cookie.write_text((first._folder / cookie.name).read_text() if first else secrets.token_hex(16))
        cookie.chmod(0o400)
        (folder / "rabbitmq.conf").write_text(
            f"default_user = {self.user}\n"
            f"default_pass = {self.password}\n"
            "disk_free_limit.absolute = 50MB\n"
            "collect_statistics_interval = 1000\n"
            "log.file.level = info\n"
            + (
                "cluster_formation.peer_discovery_backend = classic_config\n"
                f"cluster_formation.classic_config.nodes.1 = {first.name}\n"
                f"cluster_formation.classic_config.nodes.2 = {self.name}\n"
                if first
                else ""
            )
            + (
                f"management.tcp.ip = {HOST}\nmanagement.tcp.port = {self.management_port}\n"
                if self.may_have_management
                else ""
            )
        )
        (folder / "enabled_plugins").write_text(
            "[rabbitmq_management].\n" if self.may_have_management else "[].\n"
        )
        (folder / "rabbitmq-env.conf").write_text("")
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            # rabbitmqctl listens too while it talks to the node, by default on ports that clients use.
            "RABBITMQ_CTL_DIST_PORT_MIN": str(command_port),
            "RABBITMQ_CTL_DIST_PORT_MAX": str(command_port + 20),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        }

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self._folder / f"{name}.out").open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes[name] = process
        self._guard.watch(PROCESS, process.pid)

    def _end(self, name: str, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        process = self._processes.pop(name)
        if process.poll() is None:
            how(process)
        try:
            process.wait(timeout=STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            end_process_tree(psutil.Process(process.pid))
            process.wait(timeout=10)
        self._guard.forget(PROCESS, process.pid)

    def _await_ready(self) -> None:
        def is_ready() -> bool:
            process = self._processes["rabbitmq"]
            if process.poll() is not None:
                said = (self._folder / "rabbitmq.out").read_text(errors="replace")[-3000:]
                raise NodeEndedError(
                    f"rabbitmq-server ended with {process.returncode} while starting:\n{said}"
                )
            return amqp_answers(HOST, self.port) and (
                not self.may_have_management or _listens(self.management_port)
            )

        eventually(is_ready, START_WITHIN_S, "RabbitMQ accepting connections", poll_s=0.1)


def _epmd() -> str:
    found = shutil.which("epmd")
    if found is None:
        raise RuntimeError("epmd, which comes with Erlang, is not on PATH")
    return found


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
