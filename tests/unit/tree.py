"""The source tree as syntax trees: a file is parsed and walked when it is asked for, and once a process."""

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICE = ("core", "adapters", "workers", "scheduler")
OURS = (*SERVICE, "sandbox")
COMPOSITION_ROOT = "bootstrap"
# One package a line, says the linter. Words of a docstring may look like it, which is seen where it matters.
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)[\w.]*[ \t]+import\b|import[ \t]+(\w+))", re.MULTILINE)


def files(*places: str) -> Iterator[Path]:
    """Yield the modules below these folders, or files."""
    for place in places:
        path = ROOT / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def paths(*places: str, words: Collection[str] = ("",)) -> Iterator[str]:
    """Yield the modules in which one of the words stands, by their path from the root."""
    for file in files(*places):
        if any(word in text(file) for word in words):
            yield file.relative_to(ROOT).as_posix()


def sources(*places: str, words: Collection[str] = ("",)) -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules in which one of the words stands, with their syntax trees."""
    for path in paths(*places, words=words):
        yield path, parsed(ROOT / path)


@cache
def text(file: Path) -> str:
    """Return what stands in the file."""
    return file.read_text(encoding="utf-8")


@cache
def parsed(file: Path) -> ast.Module:
    """Return the file's syntax tree."""
    return ast.parse(text(file))


@cache
def nodes(within: ast.AST) -> tuple[ast.AST, ...]:
    """Return this node and all below it, as `ast.walk` yields them; that takes longer than all else here."""
    found = [within]
    for node in found:
        for value in vars(node).values():
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found.extend(item for item in value if isinstance(item, ast.AST))
    return tuple(found)


def functions(
    *places: str, calling: Collection[str]
) -> Iterator[tuple[str, ast.FunctionDef, frozenset[str]]]:
    """Yield each function that calls one of these, its file before it and the names that it calls behind."""
    for path, tree in sources(*places, words=[f"{name}(" for name in calling]):
        for function in nodes(tree):
            if isinstance(function, ast.FunctionDef):
                names = {called(call) for call in nodes(function) if isinstance(call, ast.Call)}
                if not names.isdisjoint(calling):
                    yield path, function, frozenset(names)


def called(call: ast.Call) -> str:
    """Return the name of the method or function that is called; empty where it has none."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@cache
def imports(file: str) -> frozenset[str]:
    """Return the packages that a file imports."""
    return frozenset(package for names in _IMPORT.findall(text(ROOT / file)) for package in names if package)


def statements(within: ast.AST) -> Iterator[ast.AST]:
    """Yield all statements; what is asked of them alone need not go through every expression."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        inner = getattr(within, name, ())
        for node in inner if isinstance(inner, list) else ():
            yield node
            yield from statements(node)
