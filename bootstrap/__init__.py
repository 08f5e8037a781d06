"""The one composition root: nobody else knows the concrete classes. Each module is a room of the house.

Nothing heavy is imported here: `casebridge --help` is to answer at once.
"""

import gc
import sys
from contextlib import ExitStack


def main() -> None:
    """Run the `casebridge` command."""
    # What is loaded stays: the collector need not look through it after each 700 objects.
    gc.set_threshold(10_000)
    from adapters.cli.app import build
    from bootstrap.command_line import command_line

    # On Python 3.13 a pool that nobody closed keeps its process for 5 s a thread.
    with ExitStack() as closing:
        build(command_line(closing=closing), "".join(sys.argv[1:2]))()
