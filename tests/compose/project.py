"""A Compose project of our own: started from compose.yaml on free ports, asked, hurt, and removed."""

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.servers.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PORTS = ("WEB_PORT", "RABBITMQ_PORT", "RABBITMQ_MANAGEMENT_PORT", "SANDBOX_PORT")
COMMAND_WITHIN_S = 120.0
UP_WITHIN_S = 900.0
"""With building the image, and pulling three others."""


class NoEngineError(Exception):
    """No Docker engine or no Compose here; the message says which."""


class CommandError(Exception):
    """A command failed; the message is what it said last."""


class Project:
    """One project. Leaving the block removes its containers, networks and volumes, unless `keep`."""

    def __init__(self, *, workers: int, keep: bool = False) -> None:
        """Find engine and Compose. Raises NoEngineError."""
        self._compose = find_compose()
        self.name = f"casebridge-try-{secrets.token_hex(3)}"
        self._workers = workers
        self._keep = keep
        self.ports = {name: free_port() for name in PORTS}
        # What a person has set for their own deployment is none of ours; compose.yaml's defaults are tried.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("CASEBRIDGE_", "COMPOSE_"))}
        self._environ = {**inherited, **{name: str(port) for name, port in self.ports.items()}}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._keep:
            print(f"kept: docker compose -p {self.name} --profile demo down --volumes removes it")
            return
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "20", check=False)

    def up(self) -> None:
        """Build and start everything, and the sandbox; returns when all are started."""
        self.compose("up", "--detach", "--build", "--scale", f"worker={self._workers}", within_s=UP_WITHIN_S)

    def compose(self, *arguments: str, within_s: float = COMMAND_WITHIN_S, check: bool = True) -> str:
        """Run a Compose command and return its output."""
        return run(self._command(*arguments), self._environ, within_s=within_s, check=check)

    def casebridge(self, *arguments: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Any:
        """Run a `casebridge` command inside the running web container; the JSON it prints."""
        given = [part for name, value in (env or {}).items() for part in ("--env", f"{name}={value}")]
        command = self._command("exec", "-T", *given, "web", "casebridge", *arguments, "--json")
        return json.loads(run(command, self._environ, stdin=stdin).splitlines()[-1])

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start `python …` inside the sandbox's container, and go on."""
        command = self._command("exec", "-T", "sandbox", "python", *arguments)
        return subprocess.Popen(
            command, env=self._environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def sql(self, statement: str) -> list[str]:
        """Return the first column of a query's rows, as text."""
        query = ("exec", "-T", "postgres", "psql", "-U", "casebridge", "-XAtc", statement)
        return self.compose(*query).splitlines()

    def docker(self, *arguments: str, within_s: float = COMMAND_WITHIN_S) -> str:
        """Run a command of the engine itself."""
        return run(["docker", *arguments], self._environ, within_s=within_s)

    def containers(self, service: str) -> list[str]:
        """Return the ids of a service's containers, running or not."""
        return self.compose("ps", "--all", "--quiet", service).split()

    def state(self, container: str) -> dict[str, Any]:
        """Return what the engine says of a container, with `Restarts` among its state."""
        [found] = json.loads(self.docker("inspect", container))
        return {**found["State"], "Restarts": found["RestartCount"]}

    def unhealthy(self) -> list[str]:
        """Return the containers that are not running and healthy; a migrate that ended well is."""
        bad = []
        for container in self.compose("ps", "--all", "--quiet").split():
            [found] = json.loads(self.docker("inspect", container))
            state = found["State"]
            if found["Config"]["Cmd"] == ["migrate"]:
                is_well = state["Status"] == "exited" and state["ExitCode"] == 0
            else:
                is_well = state["Status"] == "running" and state.get("Health", {}).get("Status") == "healthy"
            if not is_well:
                health = state.get("Health", {}).get("Status", "")
                bad.append(f"{found['Name'].lstrip('/')}: {state['Status']} {health}".strip())
        return bad

    def kill_9(self, container: str) -> None:
        """Kill a container's main process from outside: to the engine it died by itself."""
        pid = str(self.state(container)["Pid"])
        image = self.state_image(container)
        options = ("--rm", "--pid=host", "--user=0", "--network=none", "--no-healthcheck", "--entrypoint=sh")
        self.docker("run", *options, image, "-c", 'kill -9 "$1"', "kill", pid)

    def state_image(self, container: str) -> str:
        """Return the image a container runs."""
        return self.docker("inspect", "--format", "{{.Image}}", container).strip()

    def logs(self) -> str:
        """Return the last lines of every container."""
        return self.compose("logs", "--no-color", "--tail", "15", check=False)

    def _command(self, *arguments: str) -> list[str]:
        return [*self._compose, "--project-name", self.name, "--profile", "demo", *arguments]


def find_compose() -> list[str]:
    """Return the command of Compose v2. Raises NoEngineError where it or the engine is missing."""
    if shutil.which("docker") is None:
        raise NoEngineError("there is no docker command")
    try:
        run(["docker", "info"], os.environ, within_s=20)
    except CommandError as error:
        raise NoEngineError(f"no Docker engine answers ({str(error).splitlines()[-1]})") from None
    for command in (["docker", "compose"], ["docker-compose"]):
        try:
            if "v1" not in run([*command, "version", "--short"], os.environ, within_s=20):
                return command
        except CommandError:
            continue
    raise NoEngineError("there is no Docker Compose v2, neither 'docker compose' nor 'docker-compose'")


def run(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    within_s: float = COMMAND_WITHIN_S,
    check: bool = True,
    stdin: str = "",
) -> str:
    """Run a command to its end and return its standard output. Raises CommandError."""
    began = time.monotonic()
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            cwd=ROOT,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        took_s = time.monotonic() - began
        raise CommandError(f"{' '.join(command)}: {type(error).__name__} after {took_s:.0f} s") from None
    if check and done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise CommandError(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    return done.stdout
