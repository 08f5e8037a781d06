"""What one process loads, what it says when it starts, and what it leaves behind when a defect ends it."""

import json
import os
import subprocess
import sys

import pytest
import structlog

from adapters.cli.processes import LASTING
from bootstrap.application import Application
from bootstrap.processes import make_web
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from tests.unit.cli_shell import Shell

SECRET = "Privileged words of Ada Lovelace"
HEAVY = (
    "fastapi",
    "dramatiq",
    "pika",
    "authlib",
    "psycopg",
    "pydantic",
    "httpx2",
    "structlog",
    "rich.markdown",
    "core.errors",
    "adapters.cli.firms",
)
CASES = {
    "help": "import bootstrap, sys; sys.argv = ['casebridge', '--help']; bootstrap.main()",
    "intake": "import bootstrap.processes, bootstrap.store, adapters.rabbitmq.intake",
    "schedule": "import bootstrap.processes, bootstrap.scheduling, adapters.rabbitmq.publisher",
    "work": "import bootstrap.processes, bootstrap.jobs, workers.run, adapters.rabbitmq.broker",
}
LEFT_OUT = {
    "help": HEAVY,
    "intake": ("fastapi", "dramatiq", "authlib", "httpx2", "jinja2"),
    "schedule": ("fastapi", "authlib", "httpx2", "jinja2"),
    "work": (
        *("fastapi", "jinja2", "uvicorn", "prometheus_client", "authlib", "phonenumbers", "rich", "yaml"),
        *("core.letter", "core.session", "core.api_key", "core.firm_view", "core.overview", "core.upkeep"),
        *("core.retention", "core.usecases.receive_events"),
    ),
}


@pytest.mark.parametrize("process", CASES)
def test_a_process_loads_only_what_it_uses(process: str) -> None:
    told = f"import sys; sys.stderr.write(' '.join(m for m in {LEFT_OUT[process]!r} if m in sys.modules))"
    code = f"import atexit; atexit.register(lambda: exec({told!r}, {{}})); {CASES[process]}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("process", sorted(LASTING))
def test_a_process_that_is_started_without_options_loads_no_other_command_and_nothing_to_convert_them(
    process: str,
) -> None:
    told = "import sys; print(*({'typer._adapters', 'adapters.cli.firms'} & sys.modules.keys()))"
    code = f"import atexit; atexit.register(lambda: exec({told!r}, {{}})); import bootstrap; bootstrap.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, process],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "CASEBRIDGE_DATABASE_URL": "nonsense"},  # where each of them ends
    )
    assert (done.returncode, done.stdout) == (2, "\n")
    assert "is no PostgreSQL URL" in done.stderr


def test_what_is_typed_to_a_process_is_converted_and_held_to_its_bounds() -> None:
    shell = Shell()
    assert "greater than or equal to 1" in shell.fails("work", "--threads", "0")
    assert "valid integer" in shell.fails("work", "--threads", "many")


def test_what_ends_a_thread_or_the_process_leaves_a_line() -> None:
    code = (
        "import threading; from adapters.system.logs import configure_logs; configure_logs('INFO', 'json')\n"
        f"def fail(): raise KeyError({SECRET!r})\n"
        "t = threading.Thread(target=fail); t.start(); t.join(); fail()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    thread, process = (json.loads(line) for line in done.stderr.splitlines())
    for line, end in ((thread, "thread"), (process, "process")):
        assert (line["event"], line["doing"], line["level"]) == ("unexpected_error", end, "error")
        assert line["error_chain"][0]["type"] == "builtins.KeyError"
    assert SECRET not in done.stderr + done.stdout


def test_web_without_keys_of_the_settings_says_so() -> None:
    for keys, events in ((None, ["web_without_api_keys"]), (Secret("portal:key:events:*"), [])):
        settings = Settings().changed(
            web_port=0, api_keys=keys, database_url=Secret("postgresql://nowhere.invalid/x")
        )
        application = Application(settings)
        with structlog.testing.capture_logs() as lines:
            make_web(application).stop()
        application.close()
        assert [line["event"] for line in lines if "keys" in line["event"]] == events
