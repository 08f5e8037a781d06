"""A file for the shell with which commands speak to a service that runs in a process of its own."""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def environment_file(path: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Write what commands beside the service need, for this account alone; remove it afterwards."""
    programs = Path(sys.executable).parent
    lines = [
        "# Let commands of this shell speak to the casebridge that is running.",
        *(f"export {name}={shlex.quote(value)}" for name, value in sorted(environment.items())),
        f"export PATH={shlex.quote(str(programs))}:$PATH",
    ]
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join([*lines, ""]))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
