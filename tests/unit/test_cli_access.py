"""Keys of programs, the list of people and links that sign somebody in, at the command line."""

from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Role
from core.session import Way
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.unit.cli_shell import Shell


@pytest.fixture
def shell() -> Shell:
    service = FakeService()
    for firm_id in ("north", "south"):
        service.add_firm(SYSTEM, a_firm(firm_id))
    return Shell(service)


def test_a_key_is_printed_once_listed_rotated_and_revoked(shell: Shell) -> None:
    made = shell.json("api-keys", "add", "portal", "--scope", "events", "--scope", "look", "--firm", "north")
    identify = shell.service.desk.identify_program
    assert identify(made["secret"]) == Actor(
        "portal", Role.SERVICE, frozenset({"north"}), frozenset({Power.SEND_EVENTS, Power.LOOK})
    )
    [row] = shell.json("api-keys", "list")
    assert (row["name"], row["state"], row["scopes"], row["firms"]) == (
        "portal",
        "good",
        ["events", "look"],
        ["north"],
    )
    assert made["secret"] not in shell("api-keys", "list")
    assert "there is a key of the name 'portal'" in shell.fails(
        "api-keys", "add", "portal", "--scope", "look", "--firm", "north"
    )
    told = shell("api-keys", "rotate", str(made["key"]), "--overlap", "2h")
    new = told.splitlines()[0]
    assert "It is shown this once" in told
    assert identify(new) == identify(made["secret"])
    shell.service.clock.advance(timedelta(hours=2))
    assert identify(made["secret"]) is None
    [row] = shell.json("api-keys", "list")
    assert shell.json("api-keys", "revoke", str(row["key"]))["revoked"] is True
    assert identify(new) is None
    assert shell.json("api-keys", "list") == []
    assert len(shell.json("api-keys", "list", "--all")) == 2
    told = shell("audit", "list")
    assert new not in told
    assert made["secret"] not in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "portal", "--scope", "look"], "name the key's firms"),
        (["add", "portal", "--scope", "lok", "--firm", "*"], "Did you mean 'look'?"),
        (["add", "portal", "--scope", "look", "--firm", "nort"], "Did you mean 'north'?"),
        (["add", " ", "--scope", "look", "--firm", "*"], "1 to 200 characters"),
        (["rotate", "99"], "there is no API key 99"),
        (["rotate", "99", "--overlap", "long"], "is no length of time"),
        (["rotate", "99", "--overlap", "90d"], "30 days at most"),
        (["revoke", "99"], "there is no API key 99"),
    ],
)
def test_what_cannot_be_is_said(shell: Shell, arguments: list[str], said: str) -> None:
    assert said in shell.fails("api-keys", *arguments)


def test_an_endless_key_is_made_by_zero_days(shell: Shell) -> None:
    shell("api-keys", "add", "portal", "--scope", "look", "--firm", "*", "--days", "0")
    [row] = shell.json("api-keys", "list")
    assert row["expires_at"] is None


def test_people_are_added_changed_listed_and_removed(shell: Shell) -> None:
    shell("people", "add", "Fiona@Firm1.test", "--role", "firm-admin", "--firm", "north")
    shell("people", "add", "fiona@firm1.test", "--role", "operator", "--firm", "*")
    [row] = shell.json("people", "list")
    assert (row["person"], row["role"], row["firms"], row["added_by"]) == (
        "fiona@firm1.test",
        "operator",
        ["*"],
        "ada",
    )
    assert "Did you mean 'fiona@firm1.test'?" in shell.fails("people", "remove", "fiona@firm.test")
    shell("people", "remove", "fiona@firm1.test")
    assert shell.json("people", "list") == []
    assert "is none of" in shell.fails("people", "add", "x", "--role", "king", "--firm", "*")
    assert "is none of firm-admin, implementation-manager, operator" in shell.fails(
        "people", "add", "x", "--role", "service", "--firm", "*"
    )
    assert "name the person's firms" in shell.fails("people", "add", "x", "--role", "operator")


def test_a_link_signs_in_who_is_at_the_terminal_or_somebody_who_is_named(shell: Shell) -> None:
    for more, actor in (
        ([], Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)),
        (
            ["--name", "tom@firm.test", "--role", "firm-admin", "--firm", "north"],
            Actor("tom@firm.test", Role.FIRM_ADMIN, frozenset({"north"})),
        ),
    ):
        made = shell.json("sign-in-link", *more)
        opened = shell.service.desk.sign_in.by_link(made["link"].rpartition("/")[2], "a browser", "")
        assert opened is not None
        assert (opened.session.actor, opened.session.way) == (actor, Way.LINK)
    assert "good once, for 30 minutes" in shell("sign-in-link")


def test_nobody_hands_on_more_than_he_has(shell: Shell) -> None:
    shell.actor = Actor("mona", Role.IMPLEMENTATION_MANAGER, frozenset({"north"}))
    assert "may act for" in shell.fails("sign-in-link", "--firm", "*", code=1)
    assert "only for 'north'" in shell.fails(
        "sign-in-link", "--name", "tom", "--role", "firm-admin", "--firm", "south", code=1
    )
    assert "only for 'north'" in shell.fails(
        "api-keys", "add", "x", "--scope", "look", "--firm", "south", code=1
    )
    shell.actor = Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))
    assert "implementation managers" in shell.fails(
        "sign-in-link", "--role", "implementation-manager", code=1
    )
    assert "implementation managers" in shell.fails("people", "list", code=1)
    shell("sign-in-link")  # one's own


def test_a_firm_that_is_deleted_takes_everybodys_access_to_it_along(shell: Shell) -> None:
    service = shell.service
    key = shell.json("api-keys", "add", "portal", "--scope", "look", "--firm", "north")["secret"]
    both = shell.json("api-keys", "add", "two", "--scope", "look", "--firm", "north", "--firm", "south")[
        "secret"
    ]
    link = shell.json("sign-in-link", "--name", "tom", "--role", "firm-admin", "--firm", "north")["link"]
    opened = service.desk.sign_in.by_link(link.rpartition("/")[2], "a browser", "")
    assert opened is not None
    shell("people", "add", "tom", "--role", "firm-admin", "--firm", "north")
    shell.fails("firms", "delete", "north", "--yes")
    assert service.desk.identify_program(key) is not None, "it is still connected, and nothing was done"
    shell("disconnect", "north")
    shell("firms", "delete", "north", "--yes")
    service.add_firm(SYSTEM, a_firm("north"))
    assert service.desk.identify_program(key) is None
    assert service.desk.keep_session.find(opened.secret, is_asked_for=True) is None
    assert shell.json("people", "list") == []
    actor = service.desk.identify_program(both)
    assert actor is not None
    assert actor.firms == frozenset({"south"})
