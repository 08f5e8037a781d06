"""The embedded Postgres runs out of disk: what was accepted waits at the broker, until there is room."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres.store.access import prepare_role
from adapters.postgres.store.migrate import migrate
from tests.faults.rig import Rig
from tests.servers import Processes, RabbitServer
from tests.servers.waiting import eventually

pytestmark = pytest.mark.faults

DISK_MB = 160


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own, in memory and small, where PostgreSQL's own account may go too."""
    folder = Path(tempfile.mkdtemp(prefix="cbtest-disk-"))
    folder.chmod(0o755)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0755", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux may mount a small disk; run the fault tests as root to try this")
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"this machine mounts no small disk: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def fill(disk: Path) -> Path:
    """Take all the room that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
        except OSError:
            pass
    return ballast


def test_a_full_disk_delays_messages_and_loses_none(
    small_disk: Path, processes: Processes, rabbit_server: RabbitServer, tmp_path: Path
) -> None:
    amqp_url = rabbit_server.create_vhost()
    try:
        with EmbeddedPostgres(small_disk / "data") as postgres:
            migrate(postgres.url)
            prepare_role(postgres.url)
            rig = Rig(processes, postgres.url, amqp_url, tmp_path)
            try:
                rig.begin()
                rig.send(20)
                ballast = fill(small_disk)
                rig.send(200)
                intake = rig.role("intake")
                eventually(
                    lambda: "events_waiting" in intake.output or not intake.is_running(),
                    60,
                    "the intake meeting the full disk",
                    poll_s=0.1,
                )
                ballast.unlink()
                postgres.start()  # nothing, unless it has given up
                rig.assert_exactly_once(120)
            finally:
                processes.close()
                rig.close()
    finally:
        rabbit_server.drop_vhost(amqp_url)
