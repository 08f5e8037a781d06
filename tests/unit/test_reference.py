"""docs/reference.md lists the kinds of issues and the audited actions, all of them and no others."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from core.audit import AuditAction
from core.issue import IssueKind
from core.setting_version import SettingKind

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


@pytest.mark.parametrize(("heading", "words"), [("Kinds of issues", IssueKind), ("Actions", AuditAction)])
def test_the_page_lists_exactly_the_words_there_are(heading: str, words: type[StrEnum]) -> None:
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \|(.+)\|$", section, flags=re.MULTILINE)
    assert [word for word, _ in rows] == [word.value for word in words]
    assert all(cell.strip() for _, cells in rows for cell in cells.split("|"))


def test_each_setting_with_versions_has_an_action_of_its_own() -> None:
    assert {AuditAction(f"{kind}-changed") for kind in SettingKind} < set(AuditAction)
