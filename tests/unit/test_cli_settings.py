"""What is saved of a firm's settings is tried on real cases first, told in words, and in the audit log."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.actor import SYSTEM
from core.closing import ClosedRule
from core.errors import ConfigurationError, TransientError
from core.field_mapping import FieldMapping
from core.firm import ConnectionState, Firm
from core.reason import Reason
from core.stage import PracticeArea, PracticeAreas, Stage
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService
from tests.unit.cli_shell import MANAGER, Shell

STAGES = (Stage("Treatment", ("Treating",)), Stage("Demand"), Stage("Settled", ("Closed",)))


@pytest.fixture
def shell() -> Shell:
    shell = Shell()
    shell.service.with_firm(a_firm(), "300417", "300418", "300419")
    return shell


def a_file(folder: Path, data: object) -> str:
    path = folder / "data.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def stored(shell: Shell) -> Firm:
    return shell.service.desk.firms.get(SYSTEM, "north")


BROKEN = [
    ("set", {"lead_attorney": {"source": {"staff": ["Nobody"]}}}, "lead_attorney: no_lead_attorney (3)"),
    ("set", {"stage": {"source": {"track": "No such track"}}}, "stage: stage_unmapped (3)"),
    ("set", {"attorneys": {"source": None, "required": False}, "case_date": {"source": {"path": "no.such"},
     "required": True}}, "case_date: required_field_missing (3)"),
    ("areas", [{"name": "Maritime", "stages": [{"name": "A"}, {"name": "B"}]}], "practice_area_unmapped (3)"),
    ("areas", [{"name": "Auto Accident", "stages": [{"name": "A"}, {"name": "B"}]}], "stage_unmapped (3)"),
    ("areas", [], "practice_area_unmapped (3)"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "data", "said"), BROKEN)
def test_settings_by_which_cases_would_come_over_no_longer_are_not_saved(
    shell: Shell, tmp_path: Path, command: str, data: Any, said: str
) -> None:
    before, file = stored(shell), a_file(tmp_path, data)
    told = shell.fails("mapping", command, "north", file)
    assert "of all 3 cases that were tried, 3 would come over no longer" in told
    assert said in told
    assert "--anyway" in told
    assert "Okafor" not in told
    assert stored(shell) == before
    assert shell.json("mapping", "history", "north") == []
    assert shell.json("mapping", command, "north", file, "--anyway")["trial"]["broken"] == 3
    assert stored(shell) != before


def test_one_case_of_many_is_enough_and_is_named(shell: Shell, tmp_path: Path) -> None:
    shell.service.smartadvocate.put_case("north", a_source_case("300420", status="Demand"))
    areas = [{"name": "Auto Accident", "stages": [{"name": "Treating"}, {"name": "Over"}]}]
    told = shell.fails("mapping", "areas", "north", a_file(tmp_path, areas))
    assert "1 would come over no longer, such as 300420" in told
    assert "casebridge mapping preview north 300420" in told


def test_what_keeps_a_case_back_now_already_is_no_reason_to_refuse(shell: Shell, tmp_path: Path) -> None:
    shell.service.smartadvocate.put_case("north", a_source_case("7", staff=()))
    shell.service.smartadvocate.put_case("north", a_source_case("8", case_type="Maritime"))
    areas = stored(shell).practice_areas.to_data()
    areas[0]["mappings"].append("Maritime")
    trial = shell.json("mapping", "areas", "north", a_file(tmp_path, areas))["trial"]
    assert (trial["looked_at"], trial["changed"], trial["mended"], trial["broken"]) == (5, 1, 1, 0)
    assert trial["by_field"] == {"practice_area": 1, "stage": 1}


def test_it_is_told_how_many_cases_change(shell: Shell, tmp_path: Path) -> None:
    data = {"description": {"source": None}}
    said = shell("mapping", "set", "north", a_file(tmp_path, data))
    assert "saved as version 1" in said
    assert "of all 3 cases, 3 change; by field: description 3" in said
    said = shell("mapping", "closing", "north", "--status", "Treating")
    assert "3 change; by field: closed 3" in said


def test_settings_are_saved_untried_where_no_case_can_be_read(shell: Shell, tmp_path: Path) -> None:
    data = {"description": {"source": None}}
    away = TransientError("SmartAdvocate is away", reason=Reason.UNAVAILABLE)
    shell.service.smartadvocate.faults.add("search_cases", Before(away))
    assert "not tried on cases: A server is out of reach" in shell(
        "mapping", "set", "north", a_file(tmp_path, data)
    )
    shell.service.add_firm(SYSTEM, a_firm("south", connection=ConnectionState.NOT_CONNECTED))
    saved = shell.json("mapping", "set", "south", a_file(tmp_path, data))
    assert saved["trial"] == {"untried": "not_connected"}


def test_the_rule_is_the_use_cases_own(shell: Shell) -> None:
    change = shell.service.desk.change_settings
    none = PracticeAreas((PracticeArea("Maritime", STAGES),))
    nobody = FieldMapping.from_data({"lead_attorney": {"source": {"staff": ["x"]}}})
    with pytest.raises(ConfigurationError) as areas:
        change.practice_areas(MANAGER, "north", none)
    with pytest.raises(ConfigurationError) as mapping:
        change.field_mapping(MANAGER, "north", nobody)
    assert areas.value.reason is mapping.value.reason is Reason.CASES_WOULD_BREAK


def test_rows_that_are_summaries_are_read_one_by_one_and_not_too_many() -> None:
    service = FakeService()
    service.with_firm(a_firm(search_rows_complete=False), *(str(number) for number in range(1, 31)))
    before = service.smartadvocate.calls["case_by_id"]
    saved = service.settings.closing(SYSTEM, "north", ClosedRule(("Treating",)))
    assert saved.trial is not None
    assert saved.trial.looked_at == 20
    assert service.smartadvocate.calls["case_by_id"] == before + 20


def test_the_log_shows_what_changed(shell: Shell, tmp_path: Path) -> None:
    shell("mapping", "set", "north", a_file(tmp_path, {"description": {"source": {"path": "caseNumber"}}}))
    areas = stored(shell).practice_areas.to_data()
    areas[0]["stages"][1]["mappings"] = ["Demand sent"]
    areas.append({"name": "Maritime", "stages": [{"name": "A"}, {"name": "B"}]})
    shell("mapping", "areas", "north", a_file(tmp_path, areas))
    shell("mapping", "closing", "north", "--status", "Over", "--no-closed-date")
    shell("firms", "set", "north", "page_size=50", "document_category=Letters")
    plain, closing, practice, fields = [row["detail"] for row in shell.json("audit", "list")][:4]
    assert fields == {"version": 1, "changed": {"description / source / path": "caseName → caseNumber"}}
    assert practice["changed"]["Personal Injury / stages / Demand / mappings"] == "– → Demand sent"
    assert practice["changed"]["Maritime"].startswith("– → ")
    assert closing["changed"] == {"status_names": "Closed Case, Closed → Over", "closed_date": "true → false"}
    assert plain == {"page_size": "200 → 50", "document_category": "Case Status → Letters"}
    assert "{" not in "".join(shell.at_terminal(80, "audit", "list", "--limit", "1"))


def test_adding_a_firm_is_in_the_log_and_changing_it_is_not_adding() -> None:
    shell = Shell()
    shell("firms", "add", "north", "--name", "North & Partners")
    shell("firms", "add", "north", "--time-zone", "America/Chicago")
    assert [(row["action"], row["detail"]) for row in shell.json("audit", "list")] == [
        ("settings-changed", {"time_zone": "UTC → America/Chicago"}),
        ("firm-added", {"name": "North & Partners"}),
    ]


@pytest.mark.parametrize(
    ("odd", "meant"),
    [("North & P", "north-p"), ("O'Brien, Söhne", "o-brien-sohne"), ("a/b", "a-b"), (" x ", "x"), ("-x", "x"),
     ("x\ny", "x-y"), ("a+b:c", "a-b-c"), ("$(id)", "id")],
)  # fmt: skip
def test_an_id_that_is_hard_to_type_is_refused_with_one_that_is_not(odd: str, meant: str) -> None:
    shell = Shell()
    assert f"such as {meant!r}" in shell.fails("firms", "add", "--", odd)
    assert shell.json("firms", "list") == []
    shell("firms", "add", meant, "--name", "North & P")


def test_an_odd_id_by_which_case_status_calls_the_firm_is_taken() -> None:
    shell = Shell()
    shell.service.send("m-1", firm_id="North & P")
    shell("firms", "add", "North & P")
    said = shell.fails("sync", "cases", "North & P", code=1)
    assert "casebridge connect 'North & P' --oauth" in said, "as a shell takes it"


def test_a_firm_is_shown_without_brackets_and_as_data_with_everything(shell: Shell) -> None:
    shell.service.send("m-9", case_integration_id="9")
    said = shell("firms", "show", "north")
    assert not set("{}[]") & set(said)
    assert "1 message, 0 documents" in said
    assert "Personal Injury (also Auto Accident)\n    Treatment (also Treating), Demand" in said
    for line in shell.at_terminal(80, "firms", "show", "north"):
        assert len(line) <= 80
    data = shell.json("firms", "show", "north")
    for field in ("page_size", "concurrency", "two_way", "field_mapping", "closing", "profile", "country"):
        assert field in data
    assert data["closing"]["status_names"] == ["Closed Case", "Closed"]
