"""What a firm still needs is one list, told by every door; a run that could read nothing is not begun."""

import pytest

from adapters.cli import go_live_words as cli_words
from adapters.web.pages import go_live_words as page_words
from core.actor import SYSTEM
from core.credentials import PasswordCredentials
from core.desk import Desk
from core.errors import NeedsPersonError
from core.firm import ConnectionState, Firm
from core.go_live import Checklist, GoLiveItem, GoLiveStep, StepState
from core.reason import Reason
from core.run import Trigger
from core.stage import PracticeAreas
from tests.fakes.samples import AREAS, a_firm, a_source_case
from tests.fakes.service import FakeService
from tests.unit.cli_shell import MANAGER, Shell

NEW = Firm("north", "Firm north")


def states(service: FakeService) -> dict[str, str]:
    return {item.step.value: item.state.value for item in service.desk.go_live(SYSTEM, "north").items}


def test_the_list_follows_a_firm_from_its_first_day_to_where_everything_flows() -> None:
    service = FakeService()
    service.add_firm(SYSTEM, NEW)
    assert states(service) == {
        "connected": "missing",
        "permissions": "untried",
        "practice_areas": "missing",
        "verification": "untried",
        "first_import": "missing",
        "names": "untried",
    }
    service.connect(SYSTEM, a_firm(practice_areas=PracticeAreas()), PasswordCredentials("u", "p"))
    service.smartadvocate.put_case("north", a_source_case("300417"))
    service.smartadvocate.put_case("north", a_source_case("300418"))
    firm = service.desk.firms.get(SYSTEM, "north")
    service.start_sync(SYSTEM, firm)
    assert states(service)["first_import"] == "under_way"
    service.work()
    assert (states(service)["first_import"], states(service)["names"]) == ("done", "missing")
    [names] = [i for i in service.desk.go_live(SYSTEM, "north").items if i.step is GoLiveStep.NAMES]
    assert names.cases == 2
    service.settings.practice_areas(SYSTEM, "north", AREAS)
    service.work()
    service.desk.probe_permissions(SYSTEM, firm)
    firm = service.desk.firms.get(SYSTEM, "north")
    service.desk.verify_firm(SYSTEM, firm, ["300417", "300418"])
    assert set(states(service).values()) == {"done"}
    assert service.desk.go_live(SYSTEM, "north").is_done


@pytest.mark.parametrize("step", GoLiveStep)
@pytest.mark.parametrize("state", StepState)
def test_both_doors_have_words_for_the_same_states(step: GoLiveStep, state: StepState) -> None:
    if state is StepState.DONE:
        assert cli_words.WORDS[step][state].what
        return
    assert (state in cli_words.WORDS[step]) == (state in page_words.WORDS[step])
    if state in cli_words.WORDS[step]:
        item = GoLiveItem(step, state, ("read notes",), 7)
        [told] = page_words.said_of(Checklist("north", [item]))
        assert not set(told.split()) & {"ABOUT", "CASES", "casebridge"}
        said = cli_words.said_of_item("north & co", item)
        assert said["next_step"].startswith("casebridge ")
        assert "FIRM" not in said["next_step"]
        if "north" in said["next_step"]:
            assert "'north & co'" in said["next_step"], "as a shell takes it"


def test_the_checklist_ends_with_one_until_nothing_is_left() -> None:
    shell = Shell()
    shell.service.add_firm(SYSTEM, NEW)
    said = shell("checklist", "north", code=1)
    assert "no practice areas are set: every new case is skipped" in said
    assert "casebridge mapping areas north FILE" in said
    assert shell.json("checklist", "north", code=1)[0]["state"] == "missing"


def test_a_first_sync_that_skips_every_case_says_why() -> None:
    shell = Shell()
    shell.service.add_firm(SYSTEM, a_firm(practice_areas=PracticeAreas()))
    shell.service.smartadvocate.put_case("north", a_source_case("300417"))
    said = shell("sync", "cases", "north")
    assert "no practice areas are set: every new case is skipped" in said
    shell.service.work()
    said = shell("sync", "cases", "north")
    assert "keep 1 case back" in said
    assert {row["step"] for row in shell.json("sync", "cases", "north")["missing"]} >= {"practice_areas"}


def test_connecting_says_what_is_missing_and_never_again_the_first_time() -> None:
    shell = Shell()
    shell.service.add_firm(SYSTEM, NEW)
    said = shell("connect", "north", "--url", "https://sa.firm.test/", "--username", "u", "--password", "p")
    assert said.startswith("firm north is connected\n")
    assert "no practice areas are set" in said
    assert " again" not in said
    shell.service.settings.practice_areas(SYSTEM, "north", AREAS)
    link = shell.json("connect", "north", "--oauth")
    assert "missing" not in link
    said = shell("connect", "north", "--oauth")
    assert "no first import" in said
    assert "connected to SmartAdvocate" not in said
    shell.service.add_firm(SYSTEM, Firm("east", "Firm east"))
    said = shell("connect", "east", "--oauth", "--url", "https://sa.firm.test/")
    assert "not connected" not in said, "that is what the link is for"
    assert "once it is connected" in said


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (ConnectionState.NOT_CONNECTED, Reason.NOT_CONNECTED),
        (ConnectionState.DISCONNECTED, Reason.NOT_CONNECTED),
        (ConnectionState.RECONNECT_REQUIRED, Reason.RECONNECT_REQUIRED),
    ],
)
def test_no_run_is_begun_for_a_firm_that_is_not_connected(state: ConnectionState, reason: Reason) -> None:
    shell = Shell()
    service = shell.service
    service.add_firm(SYSTEM, a_firm(connection=state))
    for trigger in (Trigger.MANUAL, Trigger.RESET):
        with pytest.raises(NeedsPersonError) as error:
            service.start_sync(MANAGER, a_firm(), trigger)  # what the caller thinks of it does not count
        assert error.value.reason is reason
    assert not service.store.tables.runs
    said = shell.fails("sync", "cases", "north", "--watch", code=1)
    assert "casebridge connect north --oauth" in said


def test_ten_years_are_explained_and_asked_for() -> None:
    shell = Shell()
    shell.service.with_firm(a_firm(), "300417")
    runs = len(shell.service.store.tables.runs)
    shell("sync", "cases", "north", "--full", code=2, answer="n\n")
    assert "since 2016-11-0" in shell.wrong
    assert "(ten years)" in shell.wrong
    assert "nothing was started" in shell.wrong
    shell("sync", "cases", "north", "--full", "--json", code=2, answer="")
    assert "say --yes" in shell.wrong
    assert len(shell.service.store.tables.runs) == runs
    shell("sync", "cases", "north", "--full", answer="y\n")
    assert len(shell.service.store.tables.runs) == runs + 1
    shell.service.work()
    shell("sync", "cases", "north", "--full", "--yes")
    assert "ten years" not in shell.wrong


@pytest.mark.parametrize("command", [("sync", "cases", "north", "--watch"), ("runs", "watch")])
def test_ctrl_c_ends_the_watching_and_says_that_the_run_goes_on(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.cli.runs._LOOK_EVERY_S", 0.0)

    class Interrupted(Shell):
        looks = 0

        def desk(self) -> Desk:
            self.looks += 1
            if self.looks == 3:
                raise KeyboardInterrupt
            return super().desk()

    shell = Interrupted()
    shell.service.with_firm(a_firm(), "300417")
    run, _ = shell.service.start_sync(SYSTEM, a_firm())
    number = [str(run.run_id)] if command[0] == "runs" else []
    shell(*command, *number, code=130)
    assert f"run {run.run_id} goes on by itself" in shell.wrong
    assert f"casebridge runs watch {run.run_id}" in shell.wrong
    assert f"casebridge runs cancel {run.run_id}" in shell.wrong
    assert "stopped" not in shell.output
