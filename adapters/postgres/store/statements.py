"""Statements in `.sql` files, each under a heading of its own: `-- name: claim_lanes`.

A file is read once, when the module beside it is imported. It may begin with a comment. Lines between a
heading and its statement that begin with `--` are the statement's comment and go to the server with it.

What several statements have in common, a list of columns for example, stands once in the file under the
heading `-- part: run_columns`, and in the statements below it as `{run_columns}`.
"""

import re
from pathlib import Path
from typing import Final, LiteralString, cast

_HEADING: Final = re.compile(r"^-- (name|part): ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


class Statements:
    """Statements of one file, by name: `statements["claim_lanes"]`. A name that is not there: KeyError."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises ValueError for a statement without a name, and for a name twice."""
        before, *found = _HEADING.split(path.read_text(encoding="utf-8"))
        if not found or any(line.strip() and not line.startswith("--") for line in before.splitlines()):
            raise ValueError(f"{path.name} must begin with a heading '-- name: …', or a comment before it")
        names = found[1::3]
        if len(set(names)) < len(names):
            raise ValueError(f"{path.name} has a name twice")
        self._statements: dict[str, LiteralString] = {}
        parts: dict[str, str] = {}
        for kind, name, below in zip(found[::3], names, found[2::3], strict=True):
            text = below.strip()
            for part, meant in parts.items():
                text = text.replace(f"{{{part}}}", meant)
            if kind == "part":
                parts[name] = text
            else:
                # The files are part of the program, as literals in it are: psycopg takes nothing else.
                self._statements[name] = cast("LiteralString", text)

    @classmethod
    def beside(cls, module_file: str) -> "Statements":
        """Return those of the file that has the module's name, with `.sql`; call it with `__file__`."""
        return cls(Path(module_file).with_suffix(".sql"))

    def __getitem__(self, name: str) -> LiteralString:
        return self._statements[name]

    def names(self) -> list[str]:
        """Return all names, in the order of the file."""
        return list(self._statements)
