"""The glossary explains the words of the house, and says where they live."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
OWN = {
    "lane",
    "claim",
    "lease",
    "heartbeat",
    "gone",
    "errand",
    "seat",
    "doubt",
    "hold",
    "probe",
    "carrier",
    "window",
    "slice",
    "slot",
    "relay",
    "outbox",
}


def test_the_words_of_our_own_are_explained() -> None:
    assert set(re.findall(r"^\| ([a-z ]+) \|", GLOSSARY, re.MULTILINE)) >= OWN


def test_every_place_that_the_glossary_names_is_there() -> None:
    places = set(re.findall(r"`([a-z_/]+\.py)`", GLOSSARY))
    assert len(places) > 10
    assert {place for place in places if not (ROOT / place).is_file()} == set()
