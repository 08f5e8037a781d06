"""`start-help` and `start-worker`: how long a command takes to answer, and a worker to be ready."""

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, take_turns

NAME = "start-help"
NAME_WORKER = "start-worker"
BAR: Final = 1.6
BAR_WORKER: Final = 2.0
_BARE_HELP: Final = "import typer, rich"
_BARE_WORKER: Final = "import dramatiq, pika, psycopg, httpx2"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How often each is started."""

    rounds: int


FULL = Sizes(rounds=11)
QUICK = Sizes(rounds=1)


def measure(_bench: Bench, sizes: Sizes) -> Figure:
    """Run `casebridge --help` to its end; limit: Python with the two libraries that make a command line."""
    script = str(Path(sysconfig.get_path("scripts")) / "casebridge")

    def ours() -> float:
        return _run([script, "--help"])

    def limit() -> float:
        return _run([sys.executable, "-c", _BARE_HELP])

    ours(), limit()  # compiled, and in the machine's memory
    return Figure(
        NAME,
        "s",
        take_turns(sizes.rounds, ours, limit),
        BAR,
        f"casebridge --help; limit: python -c '{_BARE_HELP}'",
        at_most=True,
    )


def measure_worker(bench: Bench, sizes: Sizes) -> Figure:
    """Start a worker until it is ready; limit: Python with the libraries that it cannot do without."""
    with bench.service() as service:

        def ours() -> float:
            begun = time.perf_counter()
            process = service.start("work", environment=_compiled())
            process.wait_for_line("worker_ready")
            seconds = time.perf_counter() - begun
            service.end(process)
            return seconds

        def limit() -> float:
            return _run([sys.executable, "-c", _BARE_WORKER])

        ours(), limit()
        measured = take_turns(sizes.rounds, ours, limit)
    return Figure(
        NAME_WORKER,
        "s",
        measured,
        BAR_WORKER,
        f"casebridge work until it is ready, its servers beside it; limit: python -c '{_BARE_WORKER}'",
        at_most=True,
    )


def _run(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env={**os.environ, **_compiled()}, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def _compiled() -> Mapping[str, str]:
    """Let Python keep what it compiles, as an installation does."""
    return {"PYTHONDONTWRITEBYTECODE": ""}
