"""The commands about cases, runs and mappings: what they print, and how they end."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.actor import SYSTEM, Actor, Role
from core.errors import PermissionMissingError
from tests.fakes.faults import Before
from tests.fakes.samples import AREAS, a_firm, a_plaintiff, a_source_case
from tests.unit.cli_shell import Shell


class Both(Shell):
    """What it returns is all that was printed."""

    def __call__(self, *arguments: str, code: int | None = 0, answer: str | None = None) -> str:
        super().__call__(*arguments, code=code, answer=answer)
        return self.output


@pytest.fixture
def shell() -> Shell:
    shell = Both()
    shell.service.with_firm(a_firm(), "300417")
    return shell


def a_file(folder: Path, data: object) -> str:
    path = folder / "data.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def test_an_import_shows_number_and_client_and_asks_before_anything_is_stored(shell: Shell) -> None:
    shell.service.smartadvocate.put_case("north", a_source_case("7"))
    page = "https://sa.firm.test/Case.aspx?caseID=7"
    said = shell("import", "north", page, code=1, answer="n\n")
    assert "case 247, client Ruth Okafor" in said
    assert ("north", "7") not in shell.service.store.tables.cases
    assert "created" in shell("import", "north", page, answer="y\n")
    assert ("north", "7") in shell.service.store.tables.cases
    assert "it is here already" in shell("import", "north", "7", "--yes")


def test_no_name_of_a_client_moves_the_terminal(shell: Shell) -> None:
    evil = "Ruth \x1b]0;mine\x07\x1b[2J\x9b31m\u202e Okafor"
    client = replace(a_plaintiff(), first_name=evil)
    case = a_source_case("7", case_number=f"7{evil}", case_type=evil, plaintiffs=(client,))
    shell.service.smartadvocate.put_case("north", case)
    said = shell("import", "north", "7", "--yes", code=1)
    assert said.count("mine") > 1
    assert all(line.isprintable() for line in said.split("\n"))


def test_an_import_that_is_skipped_says_why_and_ends_with_one(shell: Shell) -> None:
    shell.service.smartadvocate.put_case("north", a_source_case("7", staff=()))
    said = shell("import", "north", "7", "--yes", code=1)
    assert "skipped: no lead attorney; put somebody in" in said
    assert shell.json("import", "north", "7", "--yes", code=1)["reason"] == "no_lead_attorney"
    assert "no lead attorney" in shell("cases", "problems", "north")
    [row] = shell.json("cases", "problems", "north", "--reason", "no_lead_attorney")
    assert (row["case"], row["imported"]) == ("7", "no")


@pytest.mark.parametrize(
    "pasted", ["https://other.test/case/7", "24-17", "https://sa.firm.test/?caseid=1&caseid=2"]
)
def test_what_leads_to_no_case_is_wrong_use(shell: Shell, pasted: str) -> None:
    shell("import", "north", pasted, "--yes", code=2)


def test_an_unknown_id_fails(shell: Shell) -> None:
    shell("import", "north", "99", "--yes", code=2)
    shell("import", "nobody", "99", "--yes", code=2)


def test_a_sync_starts_joins_and_can_be_cancelled(shell: Shell) -> None:
    run_id = shell.json("sync", "cases", "north")["run_id"]
    assert f"run {run_id} is under way already" in shell("sync", "cases", "north")
    assert f"run {run_id} is under way already; yours (reset) follows it" in shell(
        "sync", "cases", "north", "--full", "--yes"
    )
    assert "is cancelled" in shell("runs", "cancel", str(run_id))
    assert "had ended already" in shell("runs", "cancel", str(run_id))
    shell("runs", "cancel", "999", code=2)
    said = shell("audit", "list", "--firm", "north")
    assert "sync-cancelled" in said
    assert "sync-started" in said


def test_a_firms_administrator_cannot_reset_or_touch_another_firm(shell: Shell) -> None:
    shell.actor = Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))
    shell("sync", "cases", "north", "--full", "--yes", code=1)
    shell("sync", "cases", "south", code=1)
    shell("firms", "set", "south", "page_size=5", code=1)


def test_a_run_shows_counts_and_progress(shell: Shell) -> None:
    run_id = shell.json("sync", "cases", "north")["run_id"]
    shell.service.clock.advance(timedelta(seconds=10))
    assert "waiting to begin: 0 pages" in shell("runs", "show", str(run_id))
    shell.service.work()
    data = shell.json("runs", "show", str(run_id))
    assert data["counts"] == {"unchanged": 1}
    assert data["progress"]["doing"] == "finished"
    assert "finished" in shell("runs", "watch", str(run_id))
    assert str(run_id) in shell("runs", "list")
    shell("runs", "show", "999", code=2)


def test_watching_a_run_that_failed_ends_with_one(shell: Shell) -> None:
    run_id = shell.json("sync", "cases", "north")["run_id"]
    shell.service.smartadvocate.rejected.add("north")
    shell.service.work()
    shell("runs", "watch", str(run_id), code=1)


def test_results_come_as_csv_to_the_terminal_or_to_a_file(shell: Shell, tmp_path: Path) -> None:
    shell.service.smartadvocate.put_case("north", a_source_case("7", status="Nowhere"))
    run_id = shell.json("sync", "cases", "north")["run_id"]
    shell.service.work()
    text = shell("runs", "csv", str(run_id))
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["integration id"], row["result"], row["client"]) for row in rows] == [
        ("300417", "unchanged", "Ruth Okafor"),
        ("7", "skipped", "Ruth Okafor"),
    ]
    path = tmp_path / "run.csv"
    assert "2 cases written" in shell("runs", "csv", str(run_id), "--output", str(path))
    assert path.read_bytes().decode().replace("\r\n", "\n") == text.replace("\r\n", "\n")
    shell("runs", "csv", str(run_id), "--output", str(tmp_path / "no" / "folder.csv"), code=2)


def test_the_daily_exception_report_can_be_read(shell: Shell) -> None:
    shell("runs", "exceptions", "north", code=2)
    shell.service.smartadvocate.put_case("north", a_source_case("7", status="Nowhere"))
    shell.service.later(timedelta(days=1))
    shell.service.later(timedelta(days=1))
    said = shell("runs", "exceptions", "north")
    assert "1 case did not sync" in said
    report = shell.json("runs", "exceptions", "north")
    assert report["by_reason"] == {"stage_unmapped": 1}
    assert report["listed"][0]["client"] == "Ruth Okafor"
    assert shell.json("runs", "exceptions", "north", "--day", report["day"]) == report
    shell("runs", "exceptions", "north", "--day", "soon", code=2)


def test_a_mapping_is_shown_set_tried_and_remembered(shell: Shell, tmp_path: Path) -> None:
    assert "SmartAdvocate's caseStatus" in shell("mapping", "show", "north")
    data = shell.json("mapping", "show", "north")
    data["description"] = {"source": {"path": "incident.state"}, "required": False}
    path = a_file(tmp_path, data)
    tried = shell.json("mapping", "preview", "north", "300417", "--mapping", path)
    assert {row["field"]: row["source"] for row in tried["fields"]}["description"].endswith("incident.state")
    assert shell.json("mapping", "history", "north") == []
    assert "saved as version 1" in shell("mapping", "set", "north", path)
    assert "nothing differs" in shell("mapping", "set", "north", path)
    [version] = shell.json("mapping", "history", "north")
    assert (version["by"], version["kind"], version["data"]) == ("ada", "field-mapping", data)
    shell("mapping", "set", "north", a_file(tmp_path, {"colour": {}}), code=2)
    shell("mapping", "set", "north", str(tmp_path / "none.json"), code=2)


def test_a_preview_says_whether_a_case_like_this_comes_over(shell: Shell) -> None:
    assert "a new case like this comes over" in shell("mapping", "preview", "north", "300417")
    shell.service.smartadvocate.change_case("north", "300417", status="Nowhere")
    said = shell("mapping", "preview", "north", "300417")
    assert "is skipped: stage unmapped in its practice area: Personal Injury / Nowhere" in said


def test_unmatched_names_are_listed_and_mapping_them_starts_a_run(shell: Shell, tmp_path: Path) -> None:
    assert "every name that was seen matches" in shell("mapping", "unmatched", "north")
    shell.service.smartadvocate.put_case("north", a_source_case("7", case_type="auto accident"))
    shell("sync", "cases", "north")
    shell.service.work()
    [row] = shell.json("mapping", "unmatched", "north")
    assert (row["what"], row["name"], row["cases"]) == ("practice area", "auto accident", 1)
    assert row["closest"][0] == "Auto Accident"
    areas = AREAS.to_data()
    areas[0]["mappings"].append("auto accident")
    saved = shell.json("mapping", "areas", "north", a_file(tmp_path, areas))
    assert saved["retry_run_id"]
    shell.service.work()
    assert ("north", "7") in shell.service.store.tables.cases
    shell("mapping", "areas", "north", a_file(tmp_path, {"no": "list"}), code=2)


def test_closing_is_said_by_status_or_date(shell: Shell) -> None:
    shell("mapping", "closing", "north", "--status", "Archived", "--no-closed-date")
    firm = shell.service.store.tables.firms["north"]
    assert (firm.closed.status_names, firm.closed.closed_date_means_closed) == (("Archived",), False)
    shell("mapping", "closing", "north", "--no-closed-date", code=2)


def test_a_cases_history_shows_old_and_new(shell: Shell) -> None:
    shell.service.smartadvocate.change_case("north", "300417", status="Demand")
    shell("sync", "cases", "north")
    shell.service.work()
    [row] = shell.json("cases", "history", "north", "300417")
    assert (row["field"], row["old"], row["new"]) == ("stage", "Treatment", "Demand")


def test_a_firm_is_added_and_set(shell: Shell, tmp_path: Path) -> None:
    path = a_file(tmp_path, AREAS.to_data())
    shell(
        "firms",
        "add",
        "west",
        "--name",
        "West & Sons",
        "--practice-areas",
        path,
        "--time-zone",
        "Europe/Paris",
    )
    firm = shell.service.store.tables.firms["west"]
    assert (firm.name, firm.time_zone, firm.practice_areas) == ("West & Sons", "Europe/Paris", AREAS)
    own = shell.service.desk.next_night(SYSTEM, "west")
    assert f"at {own:%H:%M} UTC" in shell("firms", "show", "west")
    assert firm.settings_version == 1
    shell("firms", "set", "west", "sync_mode=individually", "nightly_sync=no")
    firm = shell.service.store.tables.firms["west"]
    assert (firm.sync_mode.value, firm.nightly_sync) == ("individually", False)
    assert "nothing differs" in shell("firms", "set", "west", "nightly_sync=no")
    assert "sync_mode" in shell("firms", "settings", "west")


@pytest.mark.parametrize(
    "given", ["page_size=0", "page_size=many", "colour=red", "country=USA", "nightly_sync"]
)
def test_a_setting_that_makes_no_sense_is_refused(shell: Shell, given: str) -> None:
    shell("firms", "set", "north", given, code=2)


def test_a_verification_is_a_table_a_page_and_an_exit_code(shell: Shell, tmp_path: Path) -> None:
    shell.service.smartadvocate.put_case("north", a_source_case("7", status="Nowhere"))
    shell("verify", "north", "300417", code=2)
    page = tmp_path / "verification.html"
    said = shell("verify", "north", "300417", "7", "--page", str(page), code=1)
    assert "verification" in said
    assert "FAILED; nothing was announced to clients" in said
    assert "stage unmapped in its practice area" in said
    text = page.read_text(encoding="utf-8")
    assert "failed" in text
    assert "Personal Injury / Nowhere" in text
    [row] = shell.json("verifications", "list", "north")
    assert (row["passed"], row["cases"]) == (False, 2)
    again = shell.json("verifications", "show", str(row["number"]), code=1)
    assert [case["integration_id"] for case in again["cases"]] == ["300417", "7"]
    shell("verifications", "show", "999", code=2)


def test_permissions_are_listed_with_what_to_ask_for(shell: Shell) -> None:
    assert "read cases" in shell("permissions", "north")
    shell.service.smartadvocate.faults.add("notes", Before(PermissionMissingError("403")))
    rows = shell.json("permissions", "north", code=1)
    [asked] = [row["ask_for"] for row in rows if row["grant"] == "missing"]
    assert "right to read notes" in asked


def test_why_a_case_is_not_here_is_said_by_number_name_or_address_with_the_way_on(shell: Shell) -> None:
    shell.service.smartadvocate.put_case("north", a_source_case("7", staff=()))
    shell("import", "north", "7", "--yes", code=1)
    [skipped] = shell.json("cases", "why", "north", "https://sa.firm.test/Case.aspx?caseID=7")
    assert (skipped["case"], skipped["absence"]) == ("7", "skipped")
    assert "no lead attorney" in skipped["what"]
    assert skipped["next_step"].startswith("put somebody in")
    [here] = shell.json("cases", "why", "north", "300417")
    assert (here["absence"], here["state"]) == ("here", "open")
    assert "no late run has met such a case" in shell("cases", "why", "north", "nobody at all")
    assert shell("cases", "why", "north", "https://elsewhere.test/?caseID=7", code=2)
