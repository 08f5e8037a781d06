"""What pages of documentation point at is there: files, headings, and each metric with what to do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.web.api.store_collector import StoreCollector
from core.snapshot import Snapshot

ROOT = Path(__file__).parents[2]
PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")} - {ROOT / "CHANGELOG.md"})
# Counted by each process, not read from the store.
OF_A_PROCESS = {"casebridge_http_events_total"}


def anchors(page: Path) -> set[str]:
    """Return the anchors of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


def broken(page: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert not list(broken(page))


def named_in(page: str) -> set[str]:
    """Return the metrics that the rows of its tables begin with."""
    rows = re.findall(
        r"^\| (`casebridge_.*?) \|", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    return {name for row in rows for name in re.findall(r"casebridge_[a-z_]+", row)}


def test_the_metrics_to_watch_are_those_that_are_told() -> None:
    told = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in StoreCollector(Snapshot).collect()
    }
    assert named_in("docs/deployment.md") == told | OF_A_PROCESS
    assert named_in("docs/operations.md") <= told
