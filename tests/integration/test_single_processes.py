"""What one process loads, and what it leaves behind when it ends by a defect."""

import json
import subprocess
import sys

import pytest

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
    "work": ("fastapi", "jinja2", "uvicorn", "prometheus_client", "authlib", "phonenumbers", "rich", "yaml"),
}


@pytest.mark.parametrize("process", CASES)
def test_a_process_loads_only_what_it_uses(process: str) -> None:
    told = f"import sys; sys.stderr.write(' '.join(m for m in {LEFT_OUT[process]!r} if m in sys.modules))"
    code = f"import atexit; atexit.register(lambda: exec({told!r}, {{}})); {CASES[process]}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


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
