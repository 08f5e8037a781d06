"""A slip of the pen is an error at every door: with the nearest name, and with one exit code."""

from datetime import timedelta

import pytest

from bootstrap.settings import Settings
from core.actor import SYSTEM, Actor, Role
from core.errors import ConfigurationError, UnknownFirmError, UnknownThingError
from core.issue import IssueKind
from core.usecases.receive_events import Incoming
from tests.fakes.samples import NOON, a_firm
from tests.fakes.service import FakeService
from tests.unit.cli_shell import Shell


@pytest.fixture
def shell() -> Shell:
    return Shell(a_service())


@pytest.fixture(scope="module")
def refusing() -> Shell:
    """A shell for commands that do nothing: all of them find the same."""
    return Shell(a_service())


def a_service() -> FakeService:
    service = FakeService()
    service.with_firm(a_firm(), "300417")
    service.send("m-1")
    service.work()
    with service.units_of_work(SYSTEM) as uow:
        uow.issues.open("north", IssueKind.STAGE_UNMAPPED, "Auto / Demand", "nothing matches")
        uow.commit()
    return service


OF_A_FIRM = [
    ("firms", "show", "nort"),
    ("firms", "settings", "nort"),
    ("firms", "set", "nort", "page_size=5"),
    ("firms", "delete", "nort", "--yes"),
    ("connect", "nort", "--oauth"),
    ("disconnect", "nort"),
    ("permissions", "nort"),
    ("verify", "nort", "1", "2"),
    ("verifications", "list", "nort"),
    ("sync", "cases", "nort"),
    ("import", "nort", "300417", "--yes"),
    ("cases", "problems", "nort"),
    ("cases", "history", "nort", "300417"),
    ("runs", "list", "--firm", "nort"),
    ("runs", "exceptions", "nort"),
    ("deliveries", "list", "--firm", "nort"),
    ("deliveries", "replay", "--firm", "nort"),
    ("deliveries", "replay", "--firm", "nort", "--dry-run"),
    ("issues", "list", "--firm", "nort"),
    ("issues", "mute", "nort", "stage_unmapped"),
    ("issues", "unmute", "nort", "stage_unmapped"),
    ("issues", "close", "nort", "written_twice", "7"),
    ("audit", "list", "--firm", "nort"),
    ("mapping", "show", "nort"),
    ("mapping", "closing", "nort", "--status", "Over"),
    ("mapping", "unmatched", "nort"),
    ("mapping", "history", "nort"),
    ("mapping", "preview", "nort", "300417"),
]  # fmt: skip


@pytest.mark.parametrize("command", OF_A_FIRM, ids=" ".join)
def test_a_firm_that_is_not_there_is_an_error_with_the_nearest(
    refusing: Shell, command: tuple[str, ...]
) -> None:
    said = refusing.fails(*command)
    assert "there is no firm 'nort'. Did you mean 'north'?" in said


def test_a_list_for_a_firm_that_is_not_there_says_that_it_is_not(shell: Shell) -> None:
    """Seen: "no firms yet", and exit code 0."""
    shell.actor = Actor("ada", Role.OPERATOR, frozenset({"north", "sout"}))
    assert "CASEBRIDGE_OPERATOR_FIRMS names sout: no such firm is here" in shell.fails("firms", "list")
    shell.actor = Actor("ada", Role.OPERATOR, frozenset({"north"}))
    assert "north" in shell("firms", "list")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("deliveries", "replay", "--id", "99"), "there is no delivery 99"),
        (("deliveries", "show", "99"), "there is no delivery 99. The known ones: casebridge deliveries list"),
        (("runs", "show", "99"), "there is no run 99. The known ones: casebridge runs list"),
        (("events", "discard", "99", "--why", "x"), "The known ones: casebridge events rejected"),
        (("api-keys", "revoke", "99"), "The known ones: casebridge api-keys list"),
        (("sign-in-link", "--role", "king"), "is none of firm-admin, implementation-manager, operator"),
        (("bulk", "show", "99"), "The known ones: casebridge bulk list"),
        (("deliveries", "list", "--case", "999999"), "no firm has a case with the id '999999'"),
        (("deliveries", "list", "--firm", "north", "--case", "300471"), "Did you mean '300417'?"),
        (("deliveries", "list", "--state", "hold"), "Did you mean 'held'?"),
        (("deliveries", "list", "--reason", "permision_missing"), "Did you mean 'permission_missing'?"),
        (("deliveries", "list", "--reason", "payed"), " others. Did you mean 'paused'?"),
        (("profile", "set", "north", "search_sort"), "is no file, and no KEY=VALUE such as zone="),
        (("deliveries", "list", "--kind", "mesage-sent"), "Did you mean 'message-sent'?"),
        (("cases", "history", "north", "300471"), "Did you mean '300417'?"),
        (("cases", "history", "north", "24300417"), "that is the number of the case with the id 300417"),
        (("cases", "problems", "north", "--reason", "no_led_attorney"), "Did you mean 'no_lead_attorney'?"),
        (("events", "replay", "7"), "there is no rejected event 7"),
        (("issues", "mute", "north", "stage_unmaped"), "Did you mean 'stage_unmapped'?"),
        (("issues", "mute", "north", "stage_unmapped", "Auto / Demnd"), "Did you mean 'Auto / Demand'?"),
        (("issues", "unmute", "north", "stage_unmapped"), "has nothing muted as stage_unmapped"),
        (("runs", "show", "99"), "there is no run 99"),
        (("runs", "watch", "99"), "there is no run 99"),
        (("runs", "csv", "99"), "there is no run 99"),
        (("runs", "cancel", "99"), "there is no run 99"),
        (("runs", "exceptions", "north", "--day", "2020-01-01"), "has no such report"),
        (("verifications", "show", "99"), "there is no verification 99"),
        (("firms", "set", "north", "pagesize=5"), "Did you mean 'page_size'?"),
        (("mapping", "history", "north", "--kind", "closings"), "Did you mean 'closing'?"),
        (("import", "north", "999999", "--yes"), "999999"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_what_is_not_there_has_one_exit_code(refusing: Shell, command: tuple[str, ...], said: str) -> None:
    assert said in refusing.fails(*command)


def test_what_is_there_and_empty_is_no_error(shell: Shell) -> None:
    shell.service.add_firm(SYSTEM, a_firm("south"))
    for command in (
        ("deliveries", "list", "--firm", "south"),
        ("deliveries", "list", "--case", "300417", "--state", "failed"),
        ("deliveries", "replay", "--firm", "south"),
        ("runs", "list", "--firm", "south"),
        ("issues", "list", "--firm", "south"),
        ("audit", "list", "--firm", "south"),
        ("cases", "history", "north", "300417"),
    ):
        shell(*command)


def test_a_firm_that_is_not_added_yet_is_there_where_its_messages_wait(shell: Shell) -> None:
    shell.service.send("m-9", firm_id="west")
    assert [row["firm_id"] for row in shell.json("deliveries", "list", "--firm", "west")] == ["west"]
    assert shell.json("deliveries", "list", "--firm", "west", "--state", "delivered") == []
    assert shell.json("deliveries", "list", "--firm", "west", "--case", "300417", "--state", "failed") == []


def test_the_log_of_a_firm_outlives_it(shell: Shell) -> None:
    shell("disconnect", "north")
    shell("firms", "delete", "north", "--yes")
    assert shell.json("audit", "list", "--firm", "north")
    shell.fails("issues", "list", "--firm", "north")


def test_nobody_is_told_the_names_of_firms_that_are_not_theirs(shell: Shell) -> None:
    shell.service.add_firm(SYSTEM, a_firm("northern"))
    shell.actor = Actor("tom", Role.IMPLEMENTATION_MANAGER, frozenset({"northen"}))
    assert "northern" not in shell.fails("firms", "show", "northen").replace("'northen'", "")


def test_what_is_muted_can_be_shown_again(shell: Shell) -> None:
    shell("issues", "mute", "north", "stage_unmapped", "Auto / Demand")
    assert shell.json("issues", "list") == []
    assert "Did you mean 'Auto / Demand'?" in shell.fails(
        "issues", "unmute", "north", "stage_unmapped", "Auto/Demand"
    )
    assert "is shown again" in shell("issues", "unmute", "north", "stage_unmapped", "Auto / Demand")
    assert len(shell.json("issues", "list")) == 1
    shell("issues", "mute", "north", "stage_unmapped")
    assert "is muted with all of stage_unmapped" in shell.fails(
        "issues", "unmute", "north", "stage_unmapped", "Auto / Demand"
    )
    shell("issues", "unmute", "north", "stage_unmapped")
    assert [entry["action"] for entry in shell.json("audit", "list")][:2] == ["issue-unmuted", "issue-muted"]


def test_a_mistyped_number_among_others_replays_none_of_them(shell: Shell) -> None:
    shell.service.receive(SYSTEM, [Incoming("http", b"{")])
    [row] = shell.json("events", "rejected")
    shell.fails("events", "replay", str(row["event_id"]), "99")
    assert len(shell.json("events", "rejected")) == 1


def test_the_use_cases_themselves_refuse(shell: Shell) -> None:
    """The API and the pages get it too."""
    desk = shell.service.desk
    with pytest.raises(UnknownFirmError) as firm:
        desk.mute_issue(SYSTEM, "nort", IssueKind.SYNC_FAILED, None, NOON + timedelta(days=1))
    assert (firm.value.facts.asked, firm.value.facts.known) == ("nort", ("north",))
    with pytest.raises(UnknownThingError):
        desk.replay_events(SYSTEM, [7])


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("CASEBRIDGE_DATABSE_URL", "CASEBRIDGE_DATABASE_URL"),
        ("CASEBRIDGE_SECRET_KEY", "CASEBRIDGE_SECRET_KEYS"),
        ("CASEBRIDGE_AMQPURL", "CASEBRIDGE_AMQP_URL"),
        ("casebridge_web_prot", "CASEBRIDGE_WEB_PORT"),
        ("casebridge_web_port", "CASEBRIDGE_WEB_PORT"),
        ("CASEBRIDGE_WBE_PORT", "CASEBRIDGE_WEB_PORT"),
    ],
)
def test_a_variable_that_is_no_setting_is_named_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    monkeypatch.setenv(variable, "secret-value")
    with pytest.raises(ConfigurationError) as error:
        Settings.read()
    assert f"{variable} is no setting; the nearest is {meant}" in str(error.value)
    assert "secret-value" not in str(error.value)


def test_all_variables_that_are_no_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBRIDGE_LOG_LEVLE", "INFO")
    monkeypatch.setenv("CASEBRIDGE_QQXQ", "1")
    with pytest.raises(ConfigurationError, match=r"LOG_LEVLE.*; CASEBRIDGE_QQXQ is no setting$"):
        Settings.read()


def test_variables_of_the_tests_and_of_kubernetes_are_nobodys_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "CASEBRIDGE_CONNECT_PASSWORD": "secret",
        "CASEBRIDGE_TEST_DATABASE_URL": "postgresql://x",
        "CASEBRIDGE_SERVICE_HOST": "10.0.0.7",
        "CASEBRIDGE_INTAKE_SERVICE_PORT_HTTP": "80",
        "CASEBRIDGE_PORT": "tcp://10.0.0.7:80",
        "CASEBRIDGE_INTAKE_PORT_80_TCP_ADDR": "10.0.0.7",
        "CASEBRIDGE_EMPTY_ONE": "",
    }.items():
        monkeypatch.setenv(name, value)
    Settings.read()
