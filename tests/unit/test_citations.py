"""Every source that code and documents cite is a section that can be read in this repository."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {
    "API sheet": DOCS / "sources/smartadvocate.md",
    "Case Status sheet": DOCS / "sources/case-status.md",
    "Walkthrough": DOCS / "sources/walkthrough.md",
    "design": DOCS / "design.md",
}
PLACES = ("core", "adapters", "workers", "scheduler", "sandbox", "bootstrap", "docs", "tests")
# "API sheet, section 2.1", "API sheet, sections 4 and 5", "API sheet, quirk 3", "Case Status sheet, 7.2"
CITATION = re.compile(
    r"(?P<page>API sheet|Case Status sheet|Walkthrough|design), "
    r"(?P<kind>sections?|quirk|Grades)? ?(?P<first>\d[\d.]*\d|\d)?(?: and (?P<second>\d[\d.]*\d|\d))?"
)
UNCLEAR = re.compile(r"(?<!API )(?<!Case Status )sheet, (?:section|quirk|\d)")


@cache
def texts() -> dict[str, str]:
    """Return code and documents, on one line each and without the signs of comments."""
    return {
        str(file.relative_to(ROOT)): re.sub(r"\n\s*#?\s*", " ", file.read_text(encoding="utf-8"))
        for place in PLACES
        for pattern in ("*.py", "*.md")
        for file in [*(ROOT / place).rglob(pattern), *ROOT.glob(f"{place}.py")]
        if file != Path(__file__)
    }


def citations() -> Iterator[tuple[str, str, str]]:
    """Yield (file, page, section) of each."""
    for file, text in texts().items():
        for found in CITATION.finditer(text):
            if found["kind"] == "Grades":
                yield file, found["page"], "Grades"
            for number in filter(None, (found["first"], found["second"])):
                is_quirk = found["kind"] == "quirk"
                yield file, found["page"], f"quirk {number}" if is_quirk else number


@cache
def sections(page: str) -> set[str]:
    """Return what can be cited of a page: numbers of headings, and of quirks."""
    text = PAGES[page].read_text(encoding="utf-8")
    headings = set(re.findall(r"^#+ (\d[\d.]*\d|\d|Grades)\b", text, re.MULTILINE))
    return headings | {f"quirk {number}" for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}


def test_every_citation_leads_to_a_section_that_is_here() -> None:
    found = list(citations())
    assert len(found) > 50
    assert {page for _, page, _ in found} == PAGES.keys()
    assert [citation for citation in found if citation[2] not in sections(citation[1])] == []


def test_a_citation_says_which_sheet_it_means() -> None:
    """In full: a reader looks for the words in docs/sources/README.md."""
    assert [(file, found[0]) for file, text in texts().items() for found in UNCLEAR.finditer(text)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_cited_page_is_listed_among_the_sources(page: str) -> None:
    assert f"| {page} |" in (DOCS / "sources/README.md").read_text(encoding="utf-8")
