from pathlib import Path

import pytest

from adapters.postgres.store.statements import Statements


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
