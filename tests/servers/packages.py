"""Installing what tests need from the distribution's packages: Debian or Ubuntu, as root, the last resort."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL_WITHIN_S = 150
POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# Put here for the moment by casebridge's tests: no service starts.\nexit 101\n"


class NotInstalledError(Exception):
    """The packages could not be installed; the message says why."""


def install_rabbitmq(say: Callable[[str], None], policy: Path = POLICY) -> None:
    """Install rabbitmq-server without starting it; `NotInstalledError` where that is not possible.

    `policy` is the file that Debian asks whether a service may start.
    """
    _install(("rabbitmq-server",), "a RabbitMQ", say, policy)
    say("Installed rabbitmq-server; its system service was not started, the tests run a private node.")


def install_chromium(say: Callable[[str], None], policy: Path = POLICY) -> None:
    """Install chromium and a font; `NotInstalledError` where that is not possible."""
    _install(("chromium", "fonts-dejavu-core"), "a browser", say, policy)


def _install(packages: tuple[str, ...], what: str, say: Callable[[str], None], policy: Path) -> None:
    apt = shutil.which("apt-get")
    if apt is None or not Path("/etc/debian_version").exists():
        raise NotInstalledError("this is no Debian or Ubuntu, so it is not installed from packages")
    if os.geteuid() != 0:
        raise NotInstalledError(f"installing the package {packages[0]} takes root")
    say(f"INSTALLING the package {packages[0]} with apt-get: the tests need {what} and found none.")
    with _no_service_starts(policy):
        _apt(apt, "update")
        _apt(apt, "install", "--yes", "--no-install-recommends", *packages)


@contextmanager
def one_session_at_a_time(name: str) -> Iterator[None]:
    """Wait for other test sessions of this machine that are in a block of the same name."""
    with (Path(tempfile.gettempdir()) / f"{name}-{os.geteuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _apt(apt: str, *arguments: str) -> None:
    command = [apt, "-o", "DPkg::Lock::Timeout=60", "-o", "Acquire::Retries=1", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    try:
        done = subprocess.run(
            command,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_WITHIN_S,
        )
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"apt-get {arguments[0]} took longer than {INSTALL_WITHIN_S} s") from None
    if done.returncode != 0:
        raise NotInstalledError(f"apt-get {arguments[0]} failed: {' / '.join(done.stdout.splitlines()[-3:])}")


@contextmanager
def _no_service_starts(policy: Path) -> Iterator[None]:
    """Keep packages from starting services, unless the machine has a policy of its own for that."""
    try:
        descriptor = os.open(policy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
    except FileExistsError:
        yield
        return
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(POLICY_TEXT)
        policy.chmod(0o755)
        yield
    finally:
        policy.unlink(missing_ok=True)
