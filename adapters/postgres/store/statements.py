"""Statements in `.sql` files, each under a heading of its own: `-- name: claim_lanes`.

A file is read once, when the module beside it is imported. Lines between a heading and its statement that
begin with `--` are the statement's comment and go to the server with it.
"""

import re
from pathlib import Path
from typing import Final, LiteralString, cast

_HEADING: Final = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


class Statements:
    """Statements of one file, by name: `statements["claim_lanes"]`. A name that is not there: KeyError."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises ValueError for text before the first heading, and for a name twice."""
        before, *parts = _HEADING.split(path.read_text(encoding="utf-8"))
        if before.strip() or not parts:
            raise ValueError(f"{path.name} must begin with a heading '-- name: …'")
        names = parts[::2]
        if len(set(names)) < len(names):
            raise ValueError(f"{path.name} has a name twice")
        # The files are part of the program, as literals in it are: psycopg takes nothing else unchecked.
        self._statements = {
            name: cast("LiteralString", text.strip()) for name, text in zip(names, parts[1::2], strict=True)
        }

    @classmethod
    def beside(cls, module_file: str) -> "Statements":
        """Return those of the file that has the module's name, with `.sql`; call it with `__file__`."""
        return cls(Path(module_file).with_suffix(".sql"))

    def __getitem__(self, name: str) -> LiteralString:
        return self._statements[name]

    def names(self) -> list[str]:
        """Return all names, in the order of the file."""
        return list(self._statements)
