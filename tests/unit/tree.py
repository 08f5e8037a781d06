"""The source tree as syntax trees, each file parsed once a process."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICE = ("core", "adapters", "workers", "scheduler")
OURS = (*SERVICE, "sandbox")
COMPOSITION_ROOT = "bootstrap"


def sources(*places: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules below these folders, or files, by their path from the root."""
    for place in places:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield file.relative_to(ROOT).as_posix(), parsed(file)


@cache
def parsed(file: Path) -> ast.Module:
    """Return the file's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def functions(place: str) -> tuple[tuple[str, ast.FunctionDef, frozenset[str]], ...]:
    """Return, for each function below a folder, its file, itself and the names that it calls."""
    return tuple(
        (path, function, frozenset(called(call) for call in ast.walk(function) if isinstance(call, ast.Call)))
        for path, tree in sources(place)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
    )


def called(call: ast.Call) -> str:
    """Return the name of the method or function that is called; empty where it has none."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@cache
def imports(file: str) -> frozenset[str]:
    """Return the packages that a file imports."""
    found = set()
    for node in ast.walk(parsed(ROOT / file)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return frozenset(found)
