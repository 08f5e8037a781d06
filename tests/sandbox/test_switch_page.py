"""The sandbox's own page: breaking SmartAdvocate by a button, and seeing what came of it."""

from collections.abc import Iterator

import httpx2
import pytest

from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from sandbox.switch_page import WAYS
from tests.sandbox.caller import Caller


@pytest.fixture
def alone() -> Iterator[Caller]:
    """A sandbox of one's own: its switches are those of all its firms."""
    with SandboxServer(SandboxOptions(cases=3)) as server:
        caller = Caller(server, "firm1")
        yield caller
        caller.close()


def test_each_way_to_break_it_shows_and_a_mended_one_works(alone: Caller) -> None:
    page = alone.control.get("").text
    assert "no part of casebridge" in page
    for way, (title, text, _) in WAYS.items():
        assert f'value="{way}"' in page
        said = alone.control.post("switch", data={"way": way})
        assert (said.status_code, said.headers["location"]) == (303, ".")
        assert text in said.text
        assert f"It is broken: {title}." in alone.control.get("received").text
    assert alone.control.post("switch", data={"way": ""}).status_code == 303
    assert "It works." in alone.control.get("received").text
    assert alone.search().status_code == 200


def test_it_is_down_and_answers_are_lost_as_the_buttons_say(alone: Caller) -> None:
    alone.control.post("switch", data={"way": "down"})
    assert alone.search().status_code == 503
    assert alone.log_in().status_code == 503
    alone.control.post("switch", data={"way": "answers-lost"})
    case_id = alone.case_ids()[0]
    for _ in range(2):
        with pytest.raises(httpx2.TransportError):
            alone.note(case_id)
    page = alone.control.get("received").text
    assert "2 requests were struck" in page
    assert page.count("[ref:1]") == 2, "who just sends again sees here what that does"
    assert '<dd class="bad">1</dd>' in page


def test_what_notes_say_runs_nothing_on_the_page(alone: Caller) -> None:
    alone.note(alone.case_ids()[0], "hello\n<script>alert(1)</script>", subject="<b>x</b>")
    page = alone.control.get("received").text
    assert "<script>" not in page
    assert "&lt;b&gt;x" in page


def test_no_other_site_and_no_unknown_way_switches_it(firm: Caller) -> None:
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert firm.control.post("switch", data={"way": "down"}, headers=elsewhere).status_code == 403
    unknown = firm.control.post("switch", data={"way": "politely"})
    assert unknown.status_code == 400
    assert "answers-lost" in unknown.json()["message"]


def test_a_case_is_opened_and_goes_from_stage_to_stage(firm: Caller) -> None:
    before = firm.control.get("expected").json()["firms"][firm.firm]["importable"]
    opened = firm.control.post("cases").json()
    assert firm.control.get("expected").json()["firms"][firm.firm]["importable"] == before + 1
    seen = [opened["caseStatus"]]
    while len(seen) < 20 and "caseClosedDate" not in opened:
        opened = firm.control.post(f"cases/{opened['caseID']}", json={"advance": True}).json()
        seen.append(opened["caseStatus"])
    assert seen[-1] == "Closed"
    assert len(set(seen)) == len(seen), "each stage once, in order"
    opened = firm.control.post(f"cases/{opened['caseID']}", json={"advance": True}).json()
    assert "caseClosedDate" not in opened, "then it begins again"
    assert firm.control.get("expected").json()["firms"][firm.firm]["importable"] == before + 1
