"""A firm's pages as a browser without scripts meets them: what they say, ask, and do."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from adapters.web.pages.shell.cursor import to_text
from core.actor import SYSTEM, Actor, Role
from core.audit import AuditAction
from core.closing import ClosedRule
from core.credentials import PasswordCredentials
from core.firm import ConnectionState, SyncMode
from core.issue import IssueKind
from core.run import RunState
from core.stage import PracticeArea, PracticeAreas, Stage
from core.stage_edit import moved
from tests.fakes.samples import ATTORNEY, PARALEGAL, a_firm, a_plaintiff, a_source_case
from tests.fakes.service import FakeService
from tests.pages.site import ADMIN, Site, hidden, text_of

NORTH = "/firms/north"
AUTO = PracticeArea(
    "Auto",
    (Stage("Treatment", ("Treating",)), Stage("Litigation"), Stage("Settled", ("Closed",))),
    ("Auto Accident",),
)
SIX_A = "LIT 6A – Depositions Complete"


class Bench:
    """A connected firm with cases of several statuses, and a browser of its administrator."""

    def __init__(self) -> None:
        self.service = FakeService()
        self.firm = a_firm(name="Okafor & Reed", practice_areas=PracticeAreas((AUTO,)))
        self.service.connect(SYSTEM, self.firm, PasswordCredentials("integration", "secret"))
        self.service.add_firm(SYSTEM, self.firm)
        self.site = Site(self.service.desk)
        statuses = ["Treating", "Treating", SIX_A, SIX_A, SIX_A, "LIT 6B", "Intake"]
        for number, status in enumerate(statuses, 1):
            self.put(str(number), status=status)
        self.sync()

    def put(self, case_id: str, **changes: object) -> None:
        stage = "Litigation phase" if str(changes.get("status", "")).startswith("LIT") else None
        case = a_source_case(case_id, source_stage=stage, **changes)
        self.service.smartadvocate.put_case("north", case)

    def sync(self) -> int:
        run, _ = self.service.start_sync(SYSTEM, self.firm)
        self.service.work()
        return run.run_id

    def cases(self) -> set[str]:
        return {case_id for _, case_id in self.service.store.tables.cases}

    @property
    def areas(self) -> PracticeAreas:
        return self.service.store.tables.firms["north"].practice_areas


@pytest.fixture
def bench() -> Bench:
    return Bench()


# --- home


def test_home_tells_the_last_result_apart_from_what_happens_now(bench: Bench) -> None:
    said = bench.site.says(NORTH)
    assert "Connected as integration" in said
    zone = {"time_zone": "America/New_York"}
    bench.service.desk.change_settings.plain(SYSTEM, "north", zone)
    own = f"{bench.service.desk.next_night(SYSTEM, 'north').astimezone(ZoneInfo('America/New_York')):%H:%M}"
    assert f"No sync is under way. The next one runs at {own}." in said
    assert f"Sync each night at {own}" in bench.site.says(f"{NORTH}/cases")
    assert "Times are those of America/New York." in said
    assert "Imported 2" in said
    assert "Skipped 5" in said
    bench.service.start_sync(SYSTEM, bench.firm)
    said = bench.site.says(NORTH)
    assert "Sync by hand: Waiting to begin" in said
    assert "Imported 2" in said, "the last result stays what it was"


def test_home_names_what_waits_the_oldest_first_and_one_next_step(bench: Bench) -> None:
    bench.service.later(timedelta(hours=3))
    bench.service.send("m-1", case_integration_id="999")
    bench.service.work()
    bench.service.later(timedelta(hours=5))
    said = bench.site.says(NORTH)
    assert "Mend what keeps cases back" in said
    assert said.index("The case could not be brought over") < said.index("See all, and mend them")
    assert f"3 cases Status “{SIX_A}” has no stage in Auto" in said


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (ConnectionState.RECONNECT_REQUIRED, "Reconnect SmartAdvocate"),
        (ConnectionState.NOT_CONNECTED, "Connect SmartAdvocate"),
    ],
)
def test_a_firm_without_a_connection_is_led_there(bench: Bench, state: ConnectionState, step: str) -> None:
    firms = bench.service.store.tables.firms
    firms["north"] = replace(firms["north"], connection=state)
    page = bench.site.get(NORTH)
    assert step in text_of(page)
    assert f'href="{NORTH}/connection"' in page


def test_what_is_signed_in_is_led_to_its_firm_and_a_stranger_told_where_to_go(bench: Bench) -> None:
    assert bench.site.http.get("/").headers["location"] == NORTH
    bench.site.actor = Actor("max", Role.IMPLEMENTATION_MANAGER, frozenset({"north", "south"}))
    assert bench.site.http.get("/").headers["location"] == "/firms"


# --- problems


def mend(bench: Bench, place: str) -> dict[str, str]:
    return {
        "reason": "stage_unmapped",
        "scope": "Auto",
        "name": SIX_A,
        "place": place,
        "state": hidden(bench.site.get(f"{NORTH}/problems"))["state"],
    }


def test_a_status_without_a_stage_is_mended_where_it_is_told_and_its_cases_arrive(bench: Bench) -> None:
    said = bench.site.says(f"{NORTH}/problems")
    assert "5 cases with a problem, 3 causes" in said
    assert f"Status “{SIX_A}” has no stage in Auto 3 cases" in said
    asked = bench.site.asked(f"{NORTH}/problems/match", mend(bench, "Litigation"))
    assert "3 cases are skipped because of it" in asked
    assert "3 cases with a problem would come over" in asked
    assert bench.areas == PracticeAreas((AUTO,)), "nothing is saved before the answer"
    done = bench.site.done(f"{NORTH}/problems/match", {**mend(bench, "Litigation"), "sure": "yes"})
    assert "3 cases sync now" in done
    bench.service.work()
    assert {"3", "4", "5"} <= bench.cases()
    said = bench.site.says(f"{NORTH}/problems")
    assert SIX_A not in said
    assert "2 cases with a problem, 2 causes" in said


def test_a_case_type_without_a_practice_area_is_mended_too(bench: Bench) -> None:
    bench.put("8", case_type="Maritime", status="Treating")
    bench.sync()
    state = hidden(bench.site.get(f"{NORTH}/problems"))["state"]
    fields = {"reason": "practice_area_unmapped", "scope": "", "name": "Maritime", "place": "Auto"}
    done = bench.site.done(f"{NORTH}/problems/match", {**fields, "state": state, "sure": "yes"})
    assert "case type “Maritime” belongs to Auto" in done
    bench.service.work()
    assert "8" in bench.cases()


def test_nothing_is_saved_over_what_somebody_else_has_changed_meanwhile(bench: Bench) -> None:
    fields = mend(bench, "Litigation")
    other = PracticeArea("Auto", (*AUTO.stages, Stage("Appeal")), AUTO.mappings)
    bench.service.desk.change_settings.practice_areas(SYSTEM, "north", PracticeAreas((other,)))
    answer = bench.site.post(f"{NORTH}/problems/match", {**fields, "sure": "yes"})
    assert answer.status_code == 400
    assert "Somebody else has changed this meanwhile" in text_of(answer.text)
    assert bench.areas == PracticeAreas((other,))


def test_a_problem_that_was_mended_meanwhile_says_so_and_none_chosen_is_refused(bench: Bench) -> None:
    answer = bench.site.post(f"{NORTH}/problems/match", mend(bench, ""))
    assert answer.status_code == 400
    assert "This cannot be done as it was asked Nothing was chosen." in text_of(answer.text)
    gone = {**mend(bench, "Litigation"), "name": "never seen"}
    assert bench.site.post(f"{NORTH}/problems/match", gone).status_code == 404


def test_cases_with_a_problem_are_tried_again_at_once_after_a_question(bench: Bench) -> None:
    assert "5 cases have a problem" in bench.site.asked(f"{NORTH}/problems/again")
    bench.service.smartadvocate.change_case("north", "7", status="Treating")
    assert "tried again now" in bench.site.done(f"{NORTH}/problems/again", {"sure": "yes"})
    bench.service.work()
    assert "7" in bench.cases()


def test_what_waits_for_somebody_is_sent_again_after_a_question_with_its_number(bench: Bench) -> None:
    bench.service.send("m-1", case_integration_id="999")
    bench.service.work()
    page = bench.site.get(f"{NORTH}/problems")
    fields = dict(
        re.findall(
            r'name="(kind|delivery_state|reason)" value="([^"]*)"', page.partition("/problems/send")[2]
        )
    )
    assert "Send 1 message again?" in bench.site.asked(f"{NORTH}/problems/send", fields)
    assert "1 delivery sent again" in bench.site.done(f"{NORTH}/problems/send", {**fields, "sure": "yes"})
    assert bench.site.post(f"{NORTH}/problems/send", {"kind": "nonsense"}).status_code == 400


def test_what_nothing_ends_by_itself_is_called_dealt_with_by_one_button(bench: Bench) -> None:
    with bench.service.units_of_work(SYSTEM) as uow:
        uow.issues.open("north", IssueKind.WRITTEN_TWICE, "7", "notes 41 and 42")
        uow.issues.open("north", IssueKind.SYNC_FAILED, "nightly", "given up")
        uow.commit()
    page = bench.site.get(f"{NORTH}/problems")
    assert (page.count("Dealt with"), "notes 41 and 42" in page) == (1, True)
    fields = {"kind": "written_twice", "key": "7"}
    assert "called dealt with" in bench.site.done(f"{NORTH}/problems/close", fields)
    assert "notes 41 and 42" not in bench.site.get(f"{NORTH}/problems")
    assert bench.site.post(f"{NORTH}/problems/close", fields).status_code == 404
    assert bench.site.post(f"{NORTH}/problems/close", {"kind": "x", "key": "7"}).status_code == 400
    refused = bench.site.post(f"{NORTH}/problems/close", {"kind": "sync_failed", "key": "nightly"})
    assert "over when its cause is" in text_of(refused.text)


def test_a_firm_without_problems_is_told_so(bench: Bench) -> None:
    bench.service.store.tables.problems.clear()
    bench.service.store.tables.issues.clear()
    assert "Nothing is wrong" in bench.site.says(f"{NORTH}/problems")


def test_the_cases_of_a_problem_are_listed(bench: Bench) -> None:
    bench.put("9", staff=())
    bench.sync()
    said = bench.site.says(f"{NORTH}/problems/cases?reason=no_lead_attorney")
    assert "249" in said
    assert "2499" not in said
    assert "No case has this problem" in bench.site.says(f"{NORTH}/problems/cases?reason=no_client")


# --- mapping


def stages(bench: Bench, **fields: str | Sequence[str]) -> dict[str, str | Sequence[str]]:
    page = bench.site.get(f"{NORTH}/mapping/stages?area=Auto")
    return {"area": "Auto", "state": hidden(page)["state"], **fields}


def test_names_are_read_from_smartadvocate_and_kept(bench: Bench) -> None:
    assert "have not been read yet" in bench.site.says(f"{NORTH}/mapping")
    assert "read from SmartAdvocate" in bench.site.done(f"{NORTH}/mapping/names", {"area": "Auto"})
    said = bench.site.says(f"{NORTH}/mapping/stages?area=Auto")
    assert f"{SIX_A} · Litigation phase no stage yet · 3 cases wait" in said
    assert "Treating means Treatment" in said


@pytest.mark.parametrize(
    ("chosen", "given"),
    [
        ({"name": [SIX_A, "LIT 6B"]}, {SIX_A, "LIT 6B"}),
        ({"begins": "lit 6"}, {SIX_A, "LIT 6B"}),
        ({"within": "Litigation phase"}, {SIX_A, "LIT 6B"}),
        ({"name": "Intake", "begins": "LIT 6A"}, {"Intake", SIX_A}),
    ],
)
def test_many_statuses_are_given_to_one_stage_at_once(
    bench: Bench, chosen: dict[str, str | list[str]], given: set[str]
) -> None:
    bench.service.desk.read_names(SYSTEM, "north")
    fields = stages(bench, do="give", stage="Litigation", **chosen)
    asked = bench.site.asked(f"{NORTH}/mapping/stages", fields)
    assert "2 statuses mean “Litigation” in Auto" in asked
    bench.site.done(f"{NORTH}/mapping/stages", {**fields, "sure": "yes"})
    assert set(bench.areas.areas[0].stages[1].mappings) == given
    bench.service.work()
    assert {"3", "4", "5"} <= bench.cases()


def test_a_suggestion_is_accepted_by_one_button(bench: Bench) -> None:
    bench.put("8", status="Treatment paused")
    bench.sync()
    page = bench.site.get(f"{NORTH}/mapping/stages?area=Auto")
    assert "“Treatment paused” → Treatment" in text_of(page)
    fields = stages(bench, do="give", stage="Treatment", name="Treatment paused")
    assert "1 case with a problem would come over" in bench.site.asked(
        f"{NORTH}/mapping/stages",
        fields,
    )


def test_stages_are_ordered_by_buttons_without_a_question(bench: Bench) -> None:
    done = bench.site.done(f"{NORTH}/mapping/stages", stages(bench, do="up", stage="Settled"))
    assert "moved up" in done
    assert [stage.name for stage in bench.areas.areas[0].stages] == ["Treatment", "Settled", "Litigation"]
    bench.site.done(f"{NORTH}/mapping/stages", stages(bench, do="to", stage="Settled", place="0"))
    assert bench.areas.areas[0].stages[0].name == "Settled"
    renamed = bench.site.post(f"{NORTH}/mapping/stages", stages(bench, do="to", stage="Renamed", place="0"))
    assert (renamed.status_code, "has no stage" in text_of(renamed.text)) == (400, True)


@pytest.mark.parametrize("fields", [{"stage": "Gone"}, {"stage": ""}, {"place": "soon"}, {"area": "Gone"}])
def test_a_stage_that_is_gone_or_a_place_that_is_none_is_said(bench: Bench, fields: dict[str, str]) -> None:
    moving = {**stages(bench, do="to", stage="Settled", place="0"), **fields}
    assert bench.site.post(f"{NORTH}/mapping/stages", moving).status_code in {400, 404, 422}


def test_a_status_can_be_taken_away_a_stage_renamed_and_a_practice_area_added(bench: Bench) -> None:
    path = f"{NORTH}/mapping/stages"
    for fields in (
        {"do": "take", "stage": "Treatment", "name": "Treating"},
        {"do": "rename-stage", "stage": "Litigation", "new": "In court"},
        {"do": "add-stage", "stage": "Appeal"},
        {"do": "remove-stage", "stage": "Settled"},
        {"do": "types", "type": ["Auto Accident", "Motorcycle"]},
        {"do": "add-area", "new": "Maritime", "like": "Auto"},
    ):
        answer = bench.site.post(path, {**stages(bench), **fields, "sure": "yes"})
        assert answer.status_code == 303, (fields, text_of(answer.text))
    auto, maritime = bench.areas.areas
    assert [stage.name for stage in auto.stages] == ["Treatment", "In court", "Appeal"]
    assert auto.stages[1].mappings == ("Litigation",), "the old name still leads there"
    assert auto.mappings == ("Auto Accident", "Motorcycle")
    assert [stage.name for stage in maritime.stages] == ["Treatment", "In court", "Appeal"]


def test_what_would_break_is_said_before_it_is_saved(bench: Bench) -> None:
    asked = bench.site.asked(
        f"{NORTH}/mapping/stages",
        stages(bench, do="take", stage="Treatment", name="Treating"),
    )
    assert "2 cases that come over now would do so no longer" in asked


def test_fields_are_shown_with_their_sources_and_saved_after_a_question(bench: Bench) -> None:
    page = bench.site.get(f"{NORTH}/mapping/fields")
    fields = dict(re.findall(r'name="(kind-\w+)" value="([^"]*)"', page))
    fields |= dict(re.findall(r'name="(value-\w+)" value="([^"]*)"', page))
    fields |= {"kind-stage": "path", "kind-attorneys": "nothing", "kind-paralegals": "nothing"}
    fields |= {"kind-client_email": "plaintiff", "kind-description": "path", "kind-case_date": "nothing"}
    fields |= {"required-stage": "yes", "required-practice_area": "yes", "value-lead_attorney": "Paralegal"}
    asked = bench.site.asked(f"{NORTH}/mapping/fields", fields)
    assert "lead_attorney" in asked
    done = bench.site.done(f"{NORTH}/mapping/fields", {**fields, **_state(bench, fields), "sure": "yes"})
    assert "where fields come from" in done
    mapping = bench.service.store.tables.firms["north"].mapping
    assert str(mapping.lead_attorney.source) == "staff in the role 'Paralegal'"
    assert mapping.stage.required


def _state(bench: Bench, fields: dict[str, str]) -> dict[str, str]:
    return {"state": hidden(bench.site.post(f"{NORTH}/mapping/fields", fields).text)["state"]}


def test_a_field_that_cannot_be_is_named(bench: Bench) -> None:
    fields = {"kind-lead_attorney": "staff", "value-lead_attorney": ""}
    answer = bench.site.post(f"{NORTH}/mapping/fields", fields)
    assert answer.status_code == 400
    assert "Field mapping" in text_of(answer.text)


def test_how_closed_is_said_is_saved(bench: Bench) -> None:
    fields = {"statuses": "Settled and paid\nClosed Case", "stages": ""}
    question = bench.site.post(f"{NORTH}/mapping/closing", fields)
    state = hidden(question.text)["state"]
    bench.site.done(f"{NORTH}/mapping/closing", {**fields, "state": state, "sure": "yes"})
    rule = bench.service.store.tables.firms["north"].closed
    assert rule.status_names == ("Settled and paid", "Closed Case")
    assert not rule.closed_date_means_closed
    assert bench.site.post(f"{NORTH}/mapping/closing", {}).status_code == 400


def test_the_mapping_is_tried_on_a_real_case(bench: Bench) -> None:
    said = bench.site.says(f"{NORTH}/mapping/try?case=3")
    assert f"A new case like this is skipped: Status “Auto / {SIX_A}” has no stage" in said
    assert "Ada Quill" in said
    assert "A new case like this comes over" in bench.site.says(f"{NORTH}/mapping/try?case=1")


def test_who_changed_what_is_kept_and_an_earlier_version_comes_back(bench: Bench) -> None:
    desk = bench.service.desk
    desk.change_settings.practice_areas(ADMIN, "north", PracticeAreas((AUTO,)))
    bench.site.done(f"{NORTH}/mapping/stages", stages(bench, do="up", stage="Settled"))
    said = bench.site.says(f"{NORTH}/mapping/history")
    assert "2 Practice areas and stages" in said
    assert "ada@north.test" in said
    assert "Treatment, Litigation, Settled → Treatment, Settled, Litigation" in said
    assert "Nothing is lost" not in said
    asked = bench.site.asked(f"{NORTH}/mapping/history", {"version": "1"})
    assert "Go back to version 1?" in asked
    assert "as version 1 was" in bench.site.done(f"{NORTH}/mapping/history", {"version": "1", "sure": "yes"})
    assert bench.areas == PracticeAreas((AUTO,))
    assert bench.site.post(f"{NORTH}/mapping/history", {"version": "77"}).status_code == 404
    assert bench.site.post(f"{NORTH}/mapping/history", {"version": "x"}).status_code == 400


def test_however_long_ago_what_was_changed_is_told_and_what_is_in_force(bench: Bench) -> None:
    desk, turned = bench.service.desk, moved(PracticeAreas((AUTO,)), "Auto", "Settled", -1)
    desk.change_settings.closing(ADMIN, "north", ClosedRule(("Closed Case",)))
    for turn in range(210):
        desk.change_settings.practice_areas(ADMIN, "north", (PracticeAreas((AUTO,)), turned)[turn % 2])
    said = bench.site.says(f"{NORTH}/mapping/history?before={to_text((6,))}")
    assert "Treatment, Settled, Litigation → Treatment, Litigation, Settled" in said
    assert re.search(r"1 How closed is said .* the first of its kind, or the same In force ", said)


# --- why is this case not here?


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("3", f"It is skipped Status “{SIX_A}” has no stage in Auto"),
        ("https://sa.firm.test/case/3", "It is skipped"),
        ("241", "Case 241 , Ruth Okafor It is here"),
        ("okafor", "It is here"),
        ("999", "No sync has met such a case lately"),
        ("nobody at all", "No sync has met such a case lately"),
        ("https://elsewhere.test/case/3", "leads to elsewhere.test"),
    ],
)
def test_why_a_case_is_not_here_is_answered(bench: Bench, asked: str, said: str) -> None:
    assert said in bench.site.says(f"{NORTH}/find?q={asked}")


def test_a_case_that_is_not_here_is_synced_after_it_was_recognised(bench: Bench) -> None:
    bench.put("50")
    asked = bench.site.asked(f"{NORTH}/find", {"case": "50"})
    assert "Case number 2450 Client Ruth Okafor" in asked
    assert "50" not in bench.cases()
    assert "Case 2450: imported" in bench.site.done(f"{NORTH}/find", {"case": "50", "sure": "yes"})
    assert "50" in bench.cases()


def test_without_a_connection_that_is_the_reason(bench: Bench) -> None:
    firms = bench.service.store.tables.firms
    firms["north"] = replace(firms["north"], connection=ConnectionState.RECONNECT_REQUIRED)
    assert "SmartAdvocate is not connected" in bench.site.says(f"{NORTH}/find?q=999")
    firms["north"] = replace(
        firms["north"], connection=ConnectionState.CONNECTED, sync_mode=SyncMode.INDIVIDUALLY
    )
    assert "Only cases that somebody names come over" in bench.site.says(f"{NORTH}/find?q=999")


# --- cases and runs


def test_the_list_is_filtered_in_the_address_and_the_total_obeys(bench: Bench) -> None:
    said = bench.site.says(f"{NORTH}/cases?q=24&stage=Treatment")
    assert "241" in said
    assert "2 cases" in bench.site.says(f"{NORTH}/cases/total?q=24&stage=Treatment")
    assert "0 cases" in bench.site.says(f"{NORTH}/cases/total?stage=Settled")
    assert "No such case is here" in bench.site.says(f"{NORTH}/cases?stage=Settled")


def test_a_list_goes_on_page_by_page(bench: Bench) -> None:
    for number in range(100, 160):
        bench.put(str(number))
    bench.sync()
    page = bench.site.get(f"{NORTH}/cases")
    following = re.findall(r'href="([^"]+)" rel="next"', page)[0].replace("&amp;", "&")
    rest = bench.site.get(following)
    shown = re.findall(r'/cases/(\d+)"', page) + re.findall(r'/cases/(\d+)"', rest)
    assert sorted(shown, key=int) == sorted(bench.cases(), key=int)
    assert 'rel="first"' in rest
    assert bench.site.http.get(f"{NORTH}/cases?after=nonsense").status_code == 200


def test_mode_and_nightly_sync_are_set(bench: Bench) -> None:
    bench.site.done(f"{NORTH}/cases/settings", {"mode": "individually"})
    firm = bench.service.store.tables.firms["north"]
    assert (firm.sync_mode, firm.nightly_sync) == (SyncMode.INDIVIDUALLY, False)
    assert bench.site.post(f"{NORTH}/cases/settings", {"mode": "some"}).status_code == 400


def test_a_sync_is_started_after_a_question_watched_and_cancelled(bench: Bench) -> None:
    assert "All cases that changed in the last 30 days" in bench.site.asked(f"{NORTH}/cases/sync")
    assert "The sync has begun" in bench.site.done(f"{NORTH}/cases/sync", {"sure": "yes"})
    assert "under way already" in bench.site.done(f"{NORTH}/cases/sync", {"sure": "yes"})
    run_id = max(bench.service.store.tables.runs)
    page = bench.site.get(f"{NORTH}/runs/{run_id}")
    assert "every 2s" in page
    bench.site.asked(f"{NORTH}/runs/{run_id}/cancel")
    assert bench.service.store.tables.runs[run_id].state is RunState.WAITING
    assert "is cancelled" in bench.site.done(f"{NORTH}/runs/{run_id}/cancel", {"sure": "yes"})
    assert bench.service.store.tables.runs[run_id].state is RunState.CANCELLED
    assert "every 2s" not in bench.site.get(f"{NORTH}/runs/{run_id}"), "what has ended is not asked for again"


def test_a_run_shows_its_results_by_reason_and_as_csv(bench: Bench) -> None:
    run_id = max(bench.service.store.tables.runs)
    said = bench.site.says(f"{NORTH}/runs/{run_id}")
    assert "Imported 2" in said
    assert "Status has no stage in its practice area : 5" in said
    skipped = bench.site.says(f"{NORTH}/runs/{run_id}?outcome=skipped&reason=stage_unmapped")
    assert "Imported 2" in skipped
    assert " 241 " not in skipped.partition("Results")[2]
    answer = bench.site.http.get(f"{NORTH}/runs/{run_id}/results.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.count("\n") == 8
    assert "1 run" not in said
    assert f"/runs/{run_id}" in bench.site.get(f"{NORTH}/runs")


def test_a_cases_page_tells_values_sources_changes_and_deliveries(bench: Bench) -> None:
    bench.service.send("m-1", case_integration_id="1")
    bench.service.work()
    bench.service.later(timedelta(hours=1))
    bench.service.smartadvocate.change_case("north", "1", status="Closed")
    bench.sync()
    said = bench.site.says(f"{NORTH}/cases/1")
    assert "Stage Settled SmartAdvocate's caseStatus SmartAdvocate overwrites it" in said
    assert "Client's last name Okafor the main plaintiff's last name set at the import, then kept" in said
    assert "Stage : Treatment → Settled" in said
    assert "Message m-1 In SmartAdvocate" in said
    assert "When is my appointment" not in said


def test_a_skipped_case_has_a_page_and_one_nobody_knows_has_none(bench: Bench) -> None:
    assert "It is skipped until then" in bench.site.says(f"{NORTH}/cases/3")
    assert "This case is not here" in bench.site.says(f"{NORTH}/cases/999", 404)


# --- connection and verification


def test_the_connection_is_ended_after_a_question(bench: Bench) -> None:
    assert "as integration" not in bench.site.says(f"{NORTH}/connection")
    assert "Account integration" in bench.site.says(f"{NORTH}/connection")
    assert "nothing is lost" in bench.site.asked(f"{NORTH}/connection/disconnect")
    assert "disconnected" in bench.site.done(f"{NORTH}/connection/disconnect", {"sure": "yes"})
    firm = bench.service.store.tables.firms["north"]
    assert firm.connection is ConnectionState.DISCONNECTED
    assert "Connect SmartAdvocate" in bench.site.says(f"{NORTH}/connection")


def test_the_connection_page_counts_what_waits_and_is_quiet_where_nothing_does(bench: Bench) -> None:
    bench.service.send("m-8", case_integration_id="999")
    assert "message and 0 documents wait for delivery" in bench.site.says(f"{NORTH}/connection")
    bench.service.store.tables.deliveries.clear()
    assert "Nothing waits for delivery" in bench.site.says(f"{NORTH}/connection")


def test_what_the_account_may_do_is_said_in_words(bench: Bench) -> None:
    answer = bench.site.post(f"{NORTH}/connection/rights")
    assert "Read cases Granted" in text_of(answer.text)


def test_the_way_back_from_smartadvocate_is_said_in_fixed_words(bench: Bench) -> None:
    assert "Access was not allowed" in bench.site.says(f"{NORTH}/connection?said=consent_access_denied")
    assert "forged" not in bench.site.get(f"{NORTH}/connection?said=forged")


def test_test_cases_are_verified_kept_and_can_be_printed(bench: Bench) -> None:
    done = bench.site.done(f"{NORTH}/verifications", {"case": ["1", "2", ""]})
    assert "All passed" in done
    assert "Nothing was written" in done
    assert "Would be imported pass" in done
    assert "Passed" in bench.site.says(f"{NORTH}/verifications")
    asked = bench.site.asked(f"{NORTH}/verifications", {"case": ["1", "3"], "write": "yes"})
    assert "to 2 cases" in asked
    fields = {"case": ["1", "3"], "write": "yes", "sure": "yes"}
    assert "Some checks failed" in bench.site.done(f"{NORTH}/verifications", fields)
    assert bench.site.post(f"{NORTH}/verifications", {"case": "1"}).status_code == 400


# --- notifications


def test_who_gets_letters_is_set_tried_and_removed(bench: Bench) -> None:
    path = f"{NORTH}/notifications"
    assert "Nobody gets letters yet" in bench.site.says(path)
    done = bench.site.done(path, {"address": "ada@firm.test", "problems": "yes"})
    assert "ada@firm.test gets letters" in done
    assert "ada@firm.test yes no no trouble" in done
    assert "is on its way" in bench.site.done(f"{path}/try", {"address": "ada@firm.test"})
    assert "no more letters" in bench.site.done(f"{path}/remove", {"address": "ada@firm.test"})
    for fields, wrong in (
        ({"address": "nonsense", "problems": "yes"}, "Write one e-mail address"),
        ({"address": "ada@firm.test"}, "Choose at least one kind"),
    ):
        answer = bench.site.post(path, fields)
        assert answer.status_code == 400
        assert wrong in text_of(answer.text)
        assert fields["address"] in answer.text, "what was written is not lost"


# --- who may


def test_pages_of_another_firm_are_refused_and_numbers_of_theirs_unknown(bench: Bench) -> None:
    bench.service.add_firm(SYSTEM, a_firm("south"))
    run_id = max(bench.service.store.tables.runs)
    south = Actor("eve", Role.FIRM_ADMIN, frozenset({"south"}))
    bench.site.actor = south
    for path in ("", "/problems", "/mapping", "/mapping/stages?area=Auto", "/cases", "/cases/1", "/find?q=1"):
        page = bench.site.get(NORTH + path, 403)
        assert "Okafor" not in page, path
    for path in (f"/firms/south/runs/{run_id}", f"/firms/south/runs/{run_id}/results.csv"):
        bench.site.get(path, 404)
    assert bench.site.post("/firms/south/runs/1/cancel", {"sure": "yes"}).status_code == 404


def test_what_is_done_on_pages_is_in_the_audit_log(bench: Bench) -> None:
    bench.site.done(f"{NORTH}/problems/again", {"sure": "yes"})
    bench.site.done(f"{NORTH}/problems/match", {**mend(bench, "Litigation"), "sure": "yes"})
    made = {entry.action: entry.actor.name for entry in bench.service.store.tables.audit.values()}
    assert made[AuditAction.SYNC_STARTED] == "ada@north.test"
    assert made[AuditAction.PRACTICE_AREAS_CHANGED] == "ada@north.test"


def test_what_others_wrote_is_shown_as_text(bench: Bench) -> None:
    bench.put(
        "60",
        status="<script>alert(1)</script>",
        plaintiffs=(a_plaintiff(last_name="<b>O'Neil</b>"),),
        staff=(ATTORNEY, PARALEGAL),
    )
    bench.put("61", plaintiffs=(a_plaintiff(last_name="<i>Kim</i>"),))
    bench.sync()
    bench.service.desk.read_names(SYSTEM, "north")
    for path in ("", "/problems", "/mapping/stages?area=Auto", "/cases", "/cases/60", "/find?q=<i>kim"):
        page = bench.site.get(NORTH + path)
        assert "<script>alert" not in page, path
        assert "<b>O'Neil" not in page, path
        assert "<i>Kim" not in page, path
