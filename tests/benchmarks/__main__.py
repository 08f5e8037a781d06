"""`python -m tests.benchmarks [names …] [--quick] [--json FILE]`: measure, show, write `bench.json`."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from tests.benchmarks import report
from tests.benchmarks.bench import Bench
from tests.benchmarks.suite import FULL, QUICK
from tests.servers import NoServerError, SessionGuard, found_postgres, found_rabbit
from tests.system_clock import SystemClock

_FILE = Path(__file__).parents[2] / "bench.json"


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when all was measured, whether or not the bars were reached; 1 where it cannot be."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True)
    names = options.names or list(FULL)
    if unknown := sorted(set(names) - set(FULL)):
        console.print(f"there is no figure {', '.join(unknown)}; there are {', '.join(FULL)}")
        return 1
    figures = []
    with ExitStack() as stack:
        guard = SessionGuard()
        stack.callback(guard.close)
        try:
            postgres = stack.enter_context(found_postgres(guard, say=console.print, durable=True))
            rabbit = stack.enter_context(found_rabbit(guard, say=console.print, durable=True))
        except NoServerError as error:
            console.print(f"nothing can be measured without PostgreSQL and RabbitMQ: {error}")
            return 1
        bench = Bench(postgres, rabbit, guard)
        facts = report.machine(postgres, SystemClock().now())
        file = options.json or (None if options.quick else _FILE)
        for name in names:
            console.print(f"measuring {name} …")
            figures.append((QUICK if options.quick else FULL)[name](bench))
            console.print(f"{name}: {' '.join(f'{r.ours:.0f}/{r.limit:.0f}' for r in figures[-1].rounds)}")
            if file:
                report.write(file, figures, facts, list(FULL))
    Console(width=None if sys.stdout.isatty() else 120).print(report.table(figures, facts))
    return 0


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    made.add_argument("names", nargs="*", metavar="NAME", help=f"all by default: {', '.join(FULL)}")
    made.add_argument("--quick", action="store_true", help="small sizes: tries the measuring, not the speed")
    made.add_argument("--json", type=Path, metavar="FILE", help="bench.json by default; none with --quick")
    return made


if __name__ == "__main__":
    sys.exit(main())
