"""Processes under test are waited for with a deadline and never left behind."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from tests.servers import Processes, SessionGuard, eventually, free_port
from tests.servers.guard import FOLDER, PROCESS, end_process_tree

CHATTY = "print('one'); print('ready at 42', flush=True); import time; time.sleep(60)"
# Like a service that starts a server of its own, in a session of its own.
PARENT = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True);"
    "print('child', child.pid, flush=True); time.sleep(60)"
)
SESSION = (
    "import subprocess, sys, time; from tests.servers import SessionGuard; guard = SessionGuard();"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True);"
    "guard.watch('process', child.pid); guard.watch('folder', sys.argv[1]);"
    "print('child', child.pid, flush=True); time.sleep(60)"
)


def python(processes: Processes, code: str, *arguments: str):  # type: ignore[no-untyped-def]  # a generator of contexts
    """Run a few lines of Python."""
    return processes.start_command([sys.executable, "-c", code, *arguments])


def has_ended(pid: int) -> bool:
    """Tell whether a process has ended, whoever has to collect it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_line_is_waited_for_and_taken_apart(processes: Processes) -> None:
    process = python(processes, CHATTY)
    assert process.wait_for_line(r"ready at (\d+)")[1] == "42"
    assert process.output.splitlines() == ["one", "ready at 42"]
    assert process.terminate() == -15


def test_a_process_that_ends_too_early_is_reported_with_its_output(processes: Processes) -> None:
    process = python(processes, "import sys; sys.exit('no such folder')")
    with pytest.raises(AssertionError, match=r"(?s)ended before it printed.*no such folder"):
        process.wait_for_line("ready")
    assert process.wait() == 1


def test_a_process_that_says_nothing_is_reported_in_time(processes: Processes) -> None:
    process = python(processes, CHATTY)
    with pytest.raises(AssertionError, match=r"printed no line like 'never'.*in 0\.3 s"):
        process.wait_for_line("never", within_s=0.3)


def test_an_endpoint_is_waited_for(processes: Processes) -> None:
    port = free_port()
    process = processes.start("http.server", str(port), "--bind", "127.0.0.1")
    assert process.wait_for_http(f"http://127.0.0.1:{port}/LICENSE").status_code == 200
    assert process.kill() == -9


def test_what_a_killed_process_started_is_found_and_ended() -> None:
    processes = Processes()
    process = python(processes, PARENT)
    child = int(process.wait_for_line(r"child (\d+)")[1])
    process.kill()
    assert not has_ended(child)
    assert len(process.left_running()) == 1
    processes.close()
    eventually(lambda: has_ended(child), 10, "the child's end")


def test_a_process_sees_no_settings_of_ours_but_those_it_is_given(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEBRIDGE_DATABASE_URL", "postgresql://production")
    code = "import os; print(sorted(n for n in os.environ if n.startswith('CASEBRIDGE_')))"
    process = processes.start_command([sys.executable, "-c", code], env={"CASEBRIDGE_AMQP_URL": "amqp://"})
    assert process.wait() == 0
    assert process.output.strip() == "['CASEBRIDGE_AMQP_URL']"


def test_a_killed_session_leaves_neither_processes_nor_folders(processes: Processes) -> None:
    folder = tempfile.mkdtemp(prefix="cbtest-guard-")
    session = python(processes, SESSION, folder)
    child = int(session.wait_for_line(r"child (\d+)")[1])
    psutil.Process(session.pid).kill()  # not `session.kill`, which would remember the guard and end it
    eventually(lambda: has_ended(child), 20, "the watched process' end")
    eventually(lambda: not Path(folder).exists(), 20, "the watched folder's removal")


def test_what_ended_in_order_is_not_touched_by_the_guard(processes: Processes, tmp_path: Path) -> None:
    guard = SessionGuard()
    process = python(processes, CHATTY)
    process.wait_for_line("ready")
    for kind, what in ((PROCESS, process.pid), (FOLDER, str(tmp_path))):
        guard.watch(kind, what)
        guard.forget(kind, what)
    guard.close()
    assert process.is_running()
    assert tmp_path.exists()


def test_what_was_killed_has_ended_though_nobody_has_asked_how() -> None:
    """As orphans in a container stay: nothing is left of them but their number."""
    killed = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    end_process_tree(psutil.Process(killed.pid))
    assert psutil.Process(killed.pid).status() == psutil.STATUS_ZOMBIE
    assert killed.wait(10) == -signal.SIGKILL
