"""Every table has a rule for how long its rows are kept, written where people look: `docs/capacity.md`."""

import re
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import fields

from bootstrap import values
from bootstrap.settings import Settings
from core.errors import ConfigurationError
from core.retention import Growing

ROOT = Path(__file__).parents[2]
SECTION = "## What grows, and for how long"
_ROW = re.compile(r"^\| `([a-z_]+)` \|([^|]+)\|([^|]*)\|$", re.MULTILINE)
_SETTING = re.compile(r"`CASEBRIDGE_(KEEP_[A-Z_]+)`(?: \(([0-9,]+)\))?")
DAYS = {field.name: field.default for field in fields(Settings) if field.name.startswith("keep_")}


def rules() -> Mapping[str, tuple[str, str]]:
    text = (ROOT / "docs" / "capacity.md").read_text(encoding="utf-8")
    section = text[text.index(SECTION) :]
    return {name: (goes.strip(), why.strip()) for name, goes, why in _ROW.findall(section)}


def test_every_table_says_what_becomes_of_its_rows(migrated_database_url: str) -> None:
    with psycopg.connect(migrated_database_url) as connection:
        found = connection.execute(
            """
            select relname from pg_class
            where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relispartition
            """
        ).fetchall()
    tables = {name for (name,) in found}
    stated = rules()
    assert not tables - stated.keys(), "say in docs/capacity.md how long their rows are kept"
    assert not stated.keys() - tables, "docs/capacity.md tells of tables that are not there"


def test_what_is_kept_for_ever_has_a_reason() -> None:
    without = [name for name, (goes, why) in rules().items() if goes == "never" and not why]
    assert without == []
    assert sum(goes == "never" for goes, _ in rules().values()) >= 5


@pytest.mark.parametrize("file", ["capacity.md", "privacy.md"])
def test_the_settings_are_named_with_their_defaults(file: str) -> None:
    text = (ROOT / "docs" / file).read_text(encoding="utf-8")
    named = {name.lower(): days for name, days in _SETTING.findall(text)}
    assert named.keys() <= DAYS.keys()
    assert DAYS.keys() - named.keys() <= (
        {"keep_text_days", "keep_failed_text_days"} if file == "capacity.md" else set()
    )
    for name, days in named.items():
        if days:
            assert int(days.replace(",", "")) == DAYS[name], name
    if file == "privacy.md":
        for name in named:
            line = next(line for line in text.splitlines() if f"CASEBRIDGE_{name.upper()}`" in line)
            assert f"{DAYS[name]:,} days" in line, name


def test_each_setting_decides_how_long_something_is_kept() -> None:
    usual = values.retention(Settings())
    for name in DAYS:
        other = values.retention(Settings().changed(**{name: 3_000}))
        assert any(other.of(what) != usual.of(what) for what in Growing), name


@pytest.mark.parametrize("name", ["KEEP_DELIVERIES_DAYS", "KEEP_REJECTED_DAYS"])
def test_rows_are_not_to_go_before_their_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CASEBRIDGE_{name}", "29")
    with pytest.raises(ConfigurationError, match=f"CASEBRIDGE_{name} .29. must not be shorter"):
        Settings.read()


@pytest.mark.parametrize(
    "name", ["KEEP_RUNS_DAYS", "KEEP_ISSUES_DAYS", "KEEP_REPORTS_DAYS", "KEEP_AUDIT_DAYS"]
)
def test_what_letters_may_still_tell_of_is_kept_for_a_month(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"CASEBRIDGE_{name}", "30")
    with pytest.raises(ConfigurationError, match=f"CASEBRIDGE_{name}"):
        Settings.read()
