import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import core
from adapters.postgres.store.statements import Statements
from tests.unit.tree import COMPOSITION_ROOT, ROOT, SERVICE, nodes, parsed, paths, text

POSTGRES = ROOT / "adapters" / "postgres"
MIGRATIONS = POSTGRES / "migrations"
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/")
# Several words in a row are a sentence, unless they are PostgreSQL's own.
_SENTENCE = re.compile(r"[A-Za-z]+ [A-Za-z ]+|[A-Z][a-z]+.*")
_OF_POSTGRESQL = {"BASE TABLE", "client backend", "role"}
_STATEMENT = re.compile(r"\s*(select|insert into|update \w+ set|delete from|with \w+ as)\b", re.IGNORECASE)
_IN_QUOTES = re.compile(r"""["']""" + _STATEMENT.pattern)


def test_each_statement_is_found_by_its_heading(tmp_path: Path) -> None:
    file = tmp_path / "cases.sql"
    file.write_text("-- name: one\n-- Why so.\nselect 1\n\n-- name: two\nselect 2\n")
    statements = Statements.beside(str(tmp_path / "cases.py"))
    assert statements.names() == ["one", "two"]
    assert statements["one"] == "-- Why so.\nselect 1"
    assert statements["two"] == "select 2"


@pytest.mark.parametrize(
    "text",
    ["select 1\n", "select 0\n-- name: one\nselect 1\n", "-- name: one\nselect 1\n-- name: one\nselect 2\n"],
)
def test_a_file_with_nameless_or_doubled_statements_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cases.sql"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"cases\.sql"):
        Statements(file)


def test_what_statements_share_stands_once(tmp_path: Path) -> None:
    file = tmp_path / "cases.sql"
    file.write_text(
        "-- Of cases.\n\n-- part: columns\na, b\n\n-- name: all\nselect {columns} from c where d = '{}'\n"
    )
    statements = Statements(file)
    assert statements.names() == ["all"]
    assert statements["all"] == "select a, b from c where d = '{}'"


def literals(file: Path) -> set[str]:
    return set(_LITERAL.findall(_COMMENT.sub("", file.read_text(encoding="utf-8"))))


def words_of_the_core() -> Iterator[tuple[str, str]]:
    """Yield each word of an enumeration of the core, and which it is of."""
    for module in pkgutil.iter_modules(core.__path__, "core."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, StrEnum):
                yield from ((member.value, kind.__name__) for member in kind)


def needed_by_an_index() -> set[str]:
    """Return the literals of partial indexes: only a statement that has them in letters is served by one."""
    text = "".join(_COMMENT.sub("", file.read_text(encoding="utf-8")) for file in MIGRATIONS.glob("*.sql"))
    indexes = re.findall(r"create (?:unique )?index[^;]*?\bwhere\b([^;]*);", text)
    return {literal for predicate in indexes for literal in _LITERAL.findall(predicate)}


def test_no_english_and_no_word_of_the_core_stands_in_a_statement() -> None:
    """States and reasons are parameters; what a partial index is about stands as the index has it."""
    files = [file for file in POSTGRES.rglob("*.sql") if file.parent != MIGRATIONS]
    tables = set(re.findall(r"create table (\w+)", "".join(f.read_text() for f in MIGRATIONS.glob("*.sql"))))
    allowed = needed_by_an_index() | tables | _OF_POSTGRESQL
    theirs = dict(words_of_the_core())
    wrong = {
        f"{file.relative_to(POSTGRES)}: {literal!r}"
        for file in files
        for literal in literals(file) - allowed
        if literal in theirs or _SENTENCE.fullmatch(literal)
    }
    assert len(files) > 30
    assert wrong == set()


def test_a_statement_in_python_is_made_of_names_that_the_catalogue_tells() -> None:
    """All others are in files. What makes the embedded server's first database has none to be tried on."""
    found = {
        f"{path}:{node.lineno}"
        for path in paths(*SERVICE, COMPOSITION_ROOT)
        if _IN_QUOTES.search(text(ROOT / path))
        for node in nodes(parsed(ROOT / path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if _STATEMENT.match(node.value) and node.value.lstrip()[0].islower() and "{" not in node.value
    }
    assert {place.partition(":")[0] for place in found} == {"adapters/embedded/cluster.py"}
