"""The composition root is broken on purpose, in a copy of the tree: the type checker must see every place."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("core", "adapters", "workers", "scheduler", "bootstrap")

# What implements a port, and the method of it that is renamed.
RENAMED = {
    "PostgresConnections": "bearer",
    "PostgresConsents": "begin",
    "PostgresKeys": "rotate",
    "PostgresUpkeep": "snapshot",
    "PostgresOutboxReader": "wait",
    "StoreClock": "now",
    "PasswordLogIn": "issue",
    "SmartAdvocateOAuth": "revoke",
    "SmartAdvocate": "insert_note",
    "SmartAdvocateAccountProbe": "sees_any",
}
# What is made in the root, and which two of its arguments change places.
SWAPPED = {
    "AddressFirm": (0, 1),
    "ChangeSettings": (0, 1),
    "ConnectByPassword": (0, 1),
    "ConnectFirm": (1, 2),
    "ImportByHand": (1, 2),
    "NoteCarrier": (0, 1),
    "PublishDueJobs": (1, 2),
    "Relay": (0, 1),
    "SyncCases": (1, 2),
    "VerifyFirm": (2, 3),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what is checked, with what the checker remembers of it, if it has been here."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", tmp_path / ".mypy_cache")
    return tmp_path


def nodes(folder: Path, words: str) -> Iterator[tuple[Path, ast.AST]]:
    """Yield what stands in files that hold these words: to parse the whole tree each time takes seconds."""
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if words in text:
            for node in ast.walk(ast.parse(text)):
                yield path, node


def errors_in(copy: Path) -> list[str]:
    """Return the checker's errors, each with the notes that belong to it."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", *FOLDERS],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return re.split(r"\n(?=[^\n]*: error: )", done.stdout)


def rename(copy: Path, class_name: str, method: str) -> None:
    [(path, line)] = [
        (path, item.lineno)
        for path, node in nodes(copy / "adapters", f"class {class_name}(")
        if isinstance(node, ast.ClassDef) and node.name == class_name
        for item in node.body
        if isinstance(item, ast.FunctionDef) and item.name == method
    ]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(f"def {method}(", f"def {method}_renamed(")
    path.write_text("".join(lines), encoding="utf-8")


def swap(copy: Path, name: str, first: int, second: int) -> str:
    """Let two arguments change places; return where."""
    [(path, call)] = [
        (path, node)
        for path, node in nodes(copy / "bootstrap", f"{name}(")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
    source = path.read_text(encoding="utf-8")
    before = ast.get_source_segment(source, call) or ""
    one, other = (ast.get_source_segment(source, call.args[n]) or "" for n in (first, second))
    after = before.replace(one, "\0", 1).replace(other, one, 1).replace("\0", other, 1)
    assert after != before
    path.write_text(source.replace(before, after, 1), encoding="utf-8")
    return path.relative_to(copy).as_posix()


@pytest.mark.timeout(900)
def test_a_renamed_method_and_swapped_arguments_fail_type_checking(copy: Path) -> None:
    """All in one copy, for the checker takes long: each error has to be the one that is meant."""
    for class_name, method in RENAMED.items():
        rename(copy, class_name, method)
    places = {name: swap(copy, name, *arguments) for name, arguments in SWAPPED.items()}
    errors = errors_in(copy)
    renamed = {
        name
        for name, method in RENAMED.items()
        if not any(f'"{name}"' in error and re.search(rf"\b{method}\b", error) for error in errors)
    }
    swapped = {
        name
        for name, place in places.items()
        if not any(error.startswith(place) and is_of_a_swap(error, name) for error in errors)
    }
    assert not renamed | swapped, "\n".join(errors)


def is_of_a_swap(error: str, name: str) -> bool:
    """Whether an argument is of another type than wanted, and none that lacks a method by its new name."""
    lacks = any(f'"{renamed}" is missing' in error and method in error for renamed, method in RENAMED.items())
    return f'to "{name}"' in error and not lacks
