"""The embedded PostgreSQL, really started: its data outlives every way a process can end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from adapters.embedded.cluster import find_binaries, shipped_binaries
from adapters.embedded.folder import EmbeddedPostgresError, choose_account
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres.store.access import prepare_role
from adapters.postgres.store.migrate import migrate
from adapters.postgres.store.pool import open_pool
from adapters.postgres.store.time_limits import TimeLimits
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import SYSTEM, Actor, Role
from core.errors import TransientError
from tests.servers import Processes, RunningProcess, eventually
from tests.servers.folders import make_folder

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")

HOLDER = """
import sys, time
from pathlib import Path
from adapters.embedded.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off"})
print("url", server.start(), flush=True)
print("pid", server.pid, flush=True)
ends_at, may_end = time.monotonic() + 120, Path(sys.argv[1]).with_name("seen")
while time.monotonic() < ends_at and not (sys.argv[2] == "end" and may_end.exists()):
    time.sleep(0.02)
"""

# Everything is imported before the change of account: the interpreter itself may lie below /root.
AS_USER = """
import encodings.ascii, os, sys
from pathlib import Path
import psycopg
from adapters.embedded.postgres import EmbeddedPostgres
os.setgroups([]); os.setgid(int(sys.argv[3])); os.setuid(int(sys.argv[2]))
for turn in range(2):
    with EmbeddedPostgres(Path(sys.argv[1]), bin_dir=Path(sys.argv[4])) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("create table if not exists t (n int)")
            connection.execute("insert into t values (1)")
            print(os.geteuid(), connection.execute("select count(*) from t").fetchone()[0], flush=True)
"""


def quick(data: Path, *, port: int | None = None, bin_dir: Path | None = None) -> EmbeddedPostgres:
    """A server that does not wait for the disk: only a power cut would tell the difference."""
    return EmbeddedPostgres(data, port=port, bin_dir=bin_dir, settings={"fsync": "off"})


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can reach; pytest's own is closed to it when root runs the tests."""
    made = make_folder("cbtest-embedded-", runs_programs=True)
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def made_before() -> Iterator[Path]:
    """A folder with a cluster that does not run: making one takes seconds, copying it does not."""
    made = make_folder("cbtest-embedded-", runs_programs=True)
    made.chmod(0o711)
    with quick(made / "data"):
        pass
    yield made / "data"
    shutil.rmtree(made)


@pytest.fixture
def data(folder: Path, made_before: Path) -> Path:
    """The folder of a server that ran before."""
    subprocess.run(["cp", "-a", str(made_before), str(folder / "data")], check=True)
    return folder / "data"


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedPostgres]:
    """A running server for tests that only look at it."""
    made = make_folder("cbtest-embedded-", runs_programs=True)
    made.chmod(0o711)
    with quick(made) as server:
        yield server
    shutil.rmtree(made)


def has_ended(process: psutil.Process) -> bool:
    """Tell whether a process that is not ours to collect has ended: a zombie waits for init."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def start_holder(
    processes: Processes, data: Path, then: str = "hold"
) -> tuple[RunningProcess, str, psutil.Process]:
    """Start a process that runs the server of `data`; return it, the URL and the server's process."""
    holder = processes.start_command([sys.executable, "-c", HOLDER, str(data), then])
    url = holder.wait_for_line(r"^url (\S+)")[1]
    return holder, url, psutil.Process(int(holder.wait_for_line(r"^pid (\d+)")[1]))


def remember(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists words (word text)")
        connection.execute("insert into words values (%s)", [word])


def remembered(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("select word from words order by word")]


def test_data_is_kept_between_runs_and_nothing_runs_in_between(folder: Path) -> None:
    with EmbeddedPostgres(folder / "data") as first:
        remember(first.url, "kept")
        server = psutil.Process(first.pid)
    assert has_ended(server)
    with EmbeddedPostgres(folder / "data") as second:
        assert remembered(second.url) == ["kept"]


def test_it_listens_on_the_loopback_below_the_ephemeral_ports_and_wants_the_password(
    running: EmbeddedPostgres,
) -> None:
    parts = urlsplit(running.url)
    assert parts.hostname == "127.0.0.1"
    assert parts.port is not None
    assert parts.port < 32768
    assert (running.data_dir / "postgres.password").stat().st_mode & 0o777 == 0o600
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(running.url.replace(parts.password or "", "guess"))


def test_the_service_is_no_superuser_so_that_row_security_binds_it(running: EmbeddedPostgres) -> None:
    with psycopg.connect(running.url) as connection:
        row = connection.execute(
            "select rolsuper, rolbypassrls, current_database() from pg_roles where rolname = current_user"
        ).fetchone()
    assert row == (False, False, "casebridge")


def test_a_cluster_of_an_older_release_gets_the_right_to_make_the_role_for_people(data: Path) -> None:
    with quick(data) as server, psycopg.connect(server.superuser_url, autocommit=True) as admin:
        admin.execute("alter role casebridge nocreaterole")
    with quick(data) as server:
        migrate(server.url)
        assert prepare_role(server.url) == []


def test_the_log_holds_neither_statements_nor_rows_nor_their_errors(running: EmbeddedPostgres) -> None:
    with psycopg.connect(running.url, autocommit=True) as connection:
        connection.execute("create table notes (text text unique)")
        connection.execute("insert into notes values ('privileged words')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into notes values ('privileged words')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("select text::int from notes")
    log = running.log_file.read_text()
    assert "database system is ready" in log
    assert "words" not in log


@is_root
def test_as_root_the_server_runs_under_an_account_without_rights(running: EmbeddedPostgres) -> None:
    process = psutil.Process(running.pid)
    assert 0 not in process.uids()
    assert 0 not in process.gids()
    assert (running.data_dir / "postgres").stat().st_uid == process.uids().real


def test_a_killed_server_is_started_again_with_what_was_committed(data: Path) -> None:
    with quick(data) as server:
        remember(server.url, "committed")
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        eventually(lambda: server.pid is None, 10, "the server's end")
        with pytest.raises(EmbeddedPostgresError, match="ended unexpectedly"):
            server.check()
        url = server.start()
        server.check()
        assert server.pid != first
        assert remembered(url) == ["committed"]


def test_a_server_keeps_its_port_when_it_is_started_again(data: Path) -> None:
    server = quick(data)
    first = server.start()
    server.stop()
    assert server.start() == first
    server.stop()


def test_a_killed_process_leaves_a_server_that_the_next_start_replaces(
    data: Path, processes: Processes
) -> None:
    holder, url, orphan = start_holder(processes, data)
    remember(url, "before the crash")
    holder.kill()
    assert not has_ended(orphan)
    with quick(data) as server:
        assert has_ended(orphan)
        assert remembered(server.url) == ["before the crash"]


def test_a_stale_postmaster_file_does_not_stand_in_the_way(data: Path, processes: Processes) -> None:
    holder, url, orphan = start_holder(processes, data)
    remember(url, "kept")
    holder.kill()
    orphan.kill()
    eventually(lambda: has_ended(orphan), 10, "the orphan's end")
    assert (data / "postgres" / "postmaster.pid").exists()
    with quick(data) as server:
        assert remembered(server.url) == ["kept"]


def test_a_second_process_is_refused_and_told_which_one_is_first(data: Path, processes: Processes) -> None:
    holder, url, _ = start_holder(processes, data)
    with pytest.raises(EmbeddedPostgresError, match=rf"{data} is in use.*process {holder.pid}"):
        quick(data).start()
    remember(url, "the first still works")


def test_a_process_that_forgets_to_stop_leaves_nothing_running(data: Path, processes: Processes) -> None:
    holder, _, server = start_holder(processes, data, then="end")
    data.with_name("seen").touch()
    assert holder.wait() == 0
    assert has_ended(server)


def test_ctrl_c_ends_the_process_first_and_the_server_in_order(data: Path, processes: Processes) -> None:
    holder, _, server = start_holder(processes, data)
    holder.interrupt()
    assert has_ended(server)
    assert "database system is shut down" in (data / "postgres.log").read_text()


def test_a_taken_port_is_named(data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedPostgresError, match=rf"port {port} on 127\.0\.0\.1 cannot be had"):
            quick(data, port=port).start()


def test_a_server_that_does_not_start_shows_the_end_of_its_log_and_lets_go_of_the_folder(
    folder: Path,
) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"did not start.*\n.*invalid value for parameter"):
        EmbeddedPostgres(folder / "data", settings={"shared_buffers": "plenty"}).start()
    with quick(folder / "data") as server:
        remember(server.url, "usable")


def test_a_lost_password_is_named_and_the_data_left_alone(data: Path) -> None:
    with quick(data) as server:
        remember(server.url, "kept")
    kept = (data / "postgres.password").rename(data.parent / "elsewhere")
    with pytest.raises(EmbeddedPostgresError, match=r"postgres\.password is missing.*nobody can sign in"):
        quick(data).start()
    kept.rename(data / "postgres.password")
    with quick(data) as server:
        assert remembered(server.url) == ["kept"]


def test_data_of_an_older_shipped_version_goes_on_with_that_version(folder: Path) -> None:
    oldest = shipped_binaries()[-1]
    with quick(folder / "data", bin_dir=oldest) as server:
        remember(server.url, "old")
    with quick(folder / "data") as server, psycopg.connect(server.url) as connection:
        assert connection.info.server_version // 10000 == find_binaries(oldest, None).major
        assert remembered(server.url) == ["old"]


def test_a_crash_in_the_first_start_is_made_up_for(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    data.chmod(0o711)
    (data / "postgres.new").mkdir()
    (data / "postgres.new" / "PG_VERSION").write_text("18\n")
    (data / "postgres.password").write_text("from-the-first-attempt")
    with quick(data) as server:
        remember(server.url, "whole")
    assert not (data / "postgres.new").exists()


@is_root
def test_as_root_programs_that_the_account_cannot_reach_are_copied_once(folder: Path) -> None:
    hidden = folder / "hidden"
    package = shipped_binaries()[0].parent.parent
    shutil.copytree(package / shipped_binaries()[0].parent.name, hidden / package.name / "pginstall18")
    shutil.copytree(package.parent / f"{package.name}.libs", hidden / f"{package.name}.libs")
    hidden.chmod(0o700)
    for _turn in range(2):
        with EmbeddedPostgres(
            folder / "data", bin_dir=hidden / package.name / "pginstall18" / "bin"
        ) as server:
            program = psutil.Process(server.pid).exe()
            copied = Path(program).stat().st_mtime_ns
            assert program.startswith(str(folder / "data" / "binaries"))
    assert Path(program).stat().st_mtime_ns == copied
    assert hidden.stat().st_mode & 0o777 == 0o700


@is_root
def test_as_root_a_folder_that_the_account_cannot_reach_is_refused_and_its_parents_left_alone(
    folder: Path,
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(
        EmbeddedPostgresError, match=rf"cannot be reached.*{closed} lets no other account pass"
    ):
        EmbeddedPostgres(closed / "data").start()
    assert closed.stat().st_mode & 0o777 == 0o700


@is_root
def test_it_works_as_a_user(folder: Path) -> None:
    account = choose_account(folder / "nothing")
    home = folder / "home"
    home.mkdir(mode=0o700)
    account.own(home)
    programs = find_binaries(None, None).reachable_for(account, folder / "programs")
    done = subprocess.run(
        [sys.executable, "-c", AS_USER, home / "data", str(account.uid), str(account.gid), programs.folder],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == [str(account.uid), "1", str(account.uid), "2"], done.stderr
    assert (home / "data").stat().st_uid == account.uid
    assert (home / "data").stat().st_mode & 0o777 == 0o700


def test_a_server_that_can_ends_transactions_that_go_on_and_on(data: Path) -> None:
    """Sooner those of people, although their clock runs by the longer limit when they take their role."""
    with quick(data, bin_dir=shipped_binaries()[0]) as server:
        migrate(server.url)
        prepare_role(server.url)
        work, people = TimeLimits(transaction_s=60), TimeLimits(transaction_s=0.3)
        with open_pool(
            server.url, min_size=1, max_size=1, application_name="test", limits=work, people=people
        ) as pool:
            tom = Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))

            def go_on_and_on() -> None:
                with PostgresUnitOfWork(pool, tom) as uow:
                    for _ in range(1_000):
                        uow._session.rows("select pg_sleep(0.05)")

            with pytest.raises(TransientError, match="TransactionTimeout"):
                go_on_and_on()
            with PostgresUnitOfWork(pool, SYSTEM) as uow:
                assert uow._session.rows("select current_setting('transaction_timeout')") == [("1min",)]
