"""A document's name, description and mark."""

import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.document import (
    MAX_FILE_NAME,
    DocumentUploaded,
    StoredDocument,
    clean_name,
    compose_document,
    find_document,
    free_name,
    split_name,
)
from tests.fakes.samples import a_document

ZONE = ZoneInfo("America/New_York")


def uploaded(**changes: Any) -> DocumentUploaded:
    content = a_document(**changes).content
    assert isinstance(content, DocumentUploaded)
    return content


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("scan.pdf", "scan.pdf"),
        ("договор № 5.docx", "договор № 5.docx"),
        ("診断書 (最終).pdf", "診断書 (最終).pdf"),
        ("نموذج.pdf", "نموذج.pdf"),
        ("C:\\Users\\ruth\\bill.pdf", "bill.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a/b/", "b"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\r\nb\tc.pdf", "a b c.pdf"),
        ("a\u0007b.pdf", "ab.pdf"),
        ('say "x" <now>?.pdf', "say _x_ _now__.pdf"),
        ("trailing. ", "trailing"),
        ("  spaced   out .pdf", "spaced out .pdf"),
        ("", "document"),
        ("   ", "document"),
        ("..", "document"),
        ("/", "document"),
        ("???.pdf", "document.pdf"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console.log", "console.log"),
        ("CONIN$.txt", "_CONIN$.txt"),
        ("lpt0", "_lpt0"),
        ("NULx" + "\u0323" * 400 + ".pdf", "_NUL.pdf"),  # cut down to a device
        ("\u200d\ufe0f\u0301.pdf", "document.pdf"),
        ("\u3164\u2800", "document"),
        (".htaccess", ".htaccess"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("👨\u200d👩\u200d👧.jpg", "👨\u200d👩\u200d👧.jpg"),
    ],
)
def test_a_file_name_keeps_its_script_and_loses_its_tricks(given: str, made: str) -> None:
    assert clean_name(given) == made


def test_a_long_name_is_cut_before_its_extension() -> None:
    name = clean_name("я" * 400 + ".docx")
    assert len(name) == MAX_FILE_NAME
    assert name.endswith("я.docx")


@pytest.mark.parametrize(
    "picture",
    ["👩\u200d👩\u200d👧\u200d👦", "👍🏽", "🇩🇪", "1\ufe0f\u20e3", "❤\ufe0f", "ก็", "दि", "e\u0323\u0301"],
)
def test_no_picture_and_no_letter_is_cut_in_two(picture: str) -> None:
    for begin in range(len(picture)):
        name = clean_name("x" * begin + picture * 300 + ".png")
        stem = name.removesuffix(".png").lstrip("x")
        whole = unicodedata.normalize("NFC", picture)
        assert stem == whole * (len(stem) // len(whole))
        assert len(name) > MAX_FILE_NAME - len(whole) - begin


def test_what_is_too_long_to_be_an_extension_is_none() -> None:
    assert split_name("a." + "e" * 40) == ("a." + "e" * 40, "")
    assert split_name("Dr. Moss") == ("Dr. Moss", "")
    assert split_name("archive.tar.gz") == ("archive.tar", ".gz")


def test_a_name_that_the_case_has_already_gets_a_piece_of_the_mark() -> None:
    mark = uploaded().mark
    first, second = free_name("scan.pdf", mark, []), free_name("scan.pdf", mark, ["Scan.PDF"])
    assert first == "scan.pdf"
    assert second == f"scan ({mark[3:9]}).pdf"
    assert free_name("scan.pdf", mark, ["Scan.PDF"]) == second
    assert free_name("scan.pdf", mark, ["scan.pdf", second]) == f"scan ({mark[3:]}).pdf"


def test_the_description_says_who_and_when_in_the_firms_zone_and_ends_with_the_mark() -> None:
    draft = compose_document(uploaded(uploaded_by="Ruth\nOkafor"), ZONE)
    assert draft.description == (
        f"Uploaded in Case Status by Ruth Okafor on 2026-11-02 06:00:00 EST\nReference: {uploaded().mark}"
    )
    assert draft.description.endswith(draft.mark)
    assert draft.dated.isoformat() == "2026-11-02T11:00:00+00:00"


def test_a_long_uploader_does_not_make_the_description_long() -> None:
    assert len(compose_document(uploaded(uploaded_by="x" * 500), ZONE).description) < 220


def test_the_mark_is_found_among_the_documents_of_a_case() -> None:
    draft = compose_document(uploaded(), ZONE)
    ours = StoredDocument("7", "renamed.pdf", f"{draft.description} (edited)")
    others = [StoredDocument("1", "scan.pdf", ""), StoredDocument("2", "x", "Reference: CS-0")]
    assert find_document([*others, ours], draft.mark) == ours
    assert find_document(others, draft.mark) is None


def test_the_mark_is_found_whatever_was_made_of_the_description() -> None:
    draft = compose_document(uploaded(), ZONE)
    for dressed in (draft.description.upper(), draft.description.replace("-", "&#8209;")):
        ours = StoredDocument("7", "renamed.pdf", dressed)
        assert find_document([StoredDocument("1", "x", "Reference: CS-0"), ours], draft.mark) == ours


def test_drafts_and_documents_show_no_names_in_logs() -> None:
    draft = compose_document(uploaded(file_name="Ruth Okafor.pdf"), ZONE)
    assert "Okafor" not in repr(draft)
    assert "Okafor" not in repr(StoredDocument("1", "Ruth Okafor.pdf", "by Ruth Okafor"))
