"""Every reason has words at every door, and no words of a door are in the core."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import typer
from typer.core import TyperGroup

from adapters.cli import case_words
from adapters.cli import words as cli_words
from adapters.cli.app import build
from adapters.cli.cli import Cli
from adapters.cli.issue_words import NEXT_STEPS, step_for, told
from adapters.cli.thing_words import LISTS
from adapters.web.api import api_words
from adapters.web.pages import page_words
from adapters.web.pages.thing_words import MISSING
from bootstrap.command_line import command_line
from core.actor import SYSTEM
from core.desk import Desk
from core.errors import CasebridgeError, TransientError, UnknownFirmError, UnknownThingError
from core.issue import Issue, IssueKind
from core.reason import Reason
from core.thing import Thing
from core.usecases.address_firm import AddressFirm
from core.words import WordTable
from tests.fakes.service import FakeService
from tests.unit.cli_shell import MANAGER
from tests.unit.tree import ROOT, called, nodes, sources

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DOORS = {"the command line": cli_words.WORDS, "the pages": page_words.WORDS, "the API": api_words.WORDS}
# Where a message names what to correct, a next step would only say it again.
_NO_STEP = {Reason.ERROR, Reason.CONFIGURATION}
_COMMAND = re.compile(
    r"casebridge (migrate|run|work|web|doctor|demo|connect|disconnect|import|verify|permissions)\b"
    r"|casebridge [a-z]+ (list|show|set|add|replay)\b"
    r"|'casebridge [a-z]|`casebridge [a-z]"
)
# How a next step sounds. What is seen is told in the past or the present; nobody is told to do anything.
_STEP = re.compile(
    r"\b(try|start|connect|log in|run|ask) (it |the firm |them )?again|\bplease\b"
    r"|[;:.] ?(check|name|add|correct|set|give|free|stop|move|put|restore|update|choose|map|look|run) "
    r"|tried again|in a while",
    re.IGNORECASE,
)


def _no_desk() -> Desk:
    raise AssertionError("nothing is asked for")


_APP = typer.main.get_command(build(Cli(_no_desk, lambda: SYSTEM, command_line().processes)))
# The first words of all commands, each with the second ones that there are.
_COMMANDS = {name: list(getattr(below, "commands", {})) for name, below in vars(_APP)["commands"].items()}


@pytest.mark.parametrize("door", DOORS)
def test_every_reason_has_words_at_every_door(door: str) -> None:
    for reason in Reason:
        words = DOORS[door][reason]
        assert words.what, reason
        assert not words.what.endswith("."), reason
        assert not words.next_step.endswith("."), reason
        if reason not in _NO_STEP:
            assert words.next_step, f"{door}: what can a person do about {reason}?"


@pytest.mark.parametrize("door", DOORS)
def test_no_door_has_words_for_what_is_no_reason(door: str) -> None:
    table: WordTable = DOORS[door]
    assert set(table) == set(Reason)


def test_the_pages_and_the_api_name_no_command() -> None:
    for door in ("the pages", "the API"):
        for words in DOORS[door].values():
            assert not _COMMAND.search(f"{words.what} {words.next_step}")


def test_an_error_is_one_line_with_what_was_seen_and_the_next_step() -> None:
    assert cli_words.sentence(UnknownFirmError("there is no firm 'nort'", firm_id="nort")) == (
        "there is no firm 'nort'. The known ones: casebridge firms list. Add one: casebridge firms add nort"
    )
    assert cli_words.sentence(CasebridgeError("it broke")) == "it broke"


def test_what_is_not_there_is_said_with_where_such_are_listed() -> None:
    assert set(LISTS) == set(MISSING) == set(Thing)
    muted = UnknownThingError("nothing is muted so", thing=Thing.MUTED_ISSUE, firm_id="north")
    assert cli_words.sentence(muted) == (
        "nothing is muted so. The known ones: casebridge issues list --muted --firm north"
    )
    without_a_list = set(Thing) - set(api_words.LISTED_AT)
    assert without_a_list == {Thing.RECIPIENT, Thing.API_KEY, Thing.PERSON}, "the API does not know of them"
    assert api_words.where_listed(Thing.REPORT, "a/b") == (
        "look at GET /v1/firms/a%2Fb/exception-reports for those that are there"
    )


def test_a_word_of_another_release_is_an_error_without_a_name() -> None:
    assert Reason.of("invented_later") is Reason.ERROR
    assert Reason.of("rate_limited") is Reason.RATE_LIMITED
    assert Reason.of(None) is Reason.ERROR


def test_every_kind_of_issue_has_a_next_step() -> None:
    for kind in IssueKind:
        assert NEXT_STEPS[kind], kind
        assert not NEXT_STEPS[kind].endswith("."), kind


def test_an_issue_says_what_was_seen_and_then_what_can_be_done() -> None:
    lost = Issue("north", IssueKind.CONNECTION_LOST, "north", "firm 'north': refused", NOW, NOW, 1)
    assert told(lost) == "firm 'north': refused. Connect the firm again: casebridge connect north --oauth"
    held = Issue("north", IssueKind.DELIVERY_HELD, Reason.PERMISSION_MISSING, "HTTP 403", NOW, NOW, 1)
    assert step_for(held).startswith("See which: casebridge permissions north")
    later = Issue("north", "invented_later", "north", "it broke", NOW, NOW, 1)
    assert told(later) == "it broke"


def test_no_command_is_named_in_the_core_and_in_sql() -> None:
    """Not one of those that there are, with the program's name or in quotes."""
    first = "|".join(sorted(_COMMANDS))
    whole = "|".join(f"{name} {below}" for name in _COMMANDS for below in _COMMANDS[name])
    named_so = re.compile(rf"casebridge ({first})\b|['`]({whole})\b|['`]({first}) [-A-Z]")
    files = [*(ROOT / "core").rglob("*.py"), *(ROOT / "adapters").rglob("*.sql")]
    assert len(files) > 100
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _COMMAND.search(line) or named_so.search(line)
    ]
    assert named == []


def _errors(folder: str) -> Iterator[tuple[str, str]]:
    """Every message of an error that is made there, with its place; what is put in by a value is left out."""
    for path, tree in sources(folder, words=["Error("]):
        for node in nodes(tree):
            if isinstance(node, ast.Call) and node.args and called(node).endswith("Error"):
                parts = [part for part in nodes(node.args[0]) if isinstance(part, ast.Constant)]
                message = "".join(part.value for part in parts if isinstance(part.value, str))
                yield f"{path}:{node.lineno}", message


@pytest.mark.parametrize(
    "folder",
    ["core", "adapters/postgres", "adapters/rabbitmq", "adapters/embedded", "adapters/http",
     "adapters/smartadvocate", "adapters/case_status", "adapters/system", "adapters/web"],
)  # fmt: skip
def test_errors_say_what_was_seen_and_leave_the_next_step_to_the_doors(folder: str) -> None:
    messages = list(_errors(folder))
    assert messages
    told = [f"{place}: {text}" for place, text in messages if _STEP.search(text) or _COMMAND.search(text)]
    assert told == []


def test_every_command_that_a_next_step_names_is_one() -> None:
    tables = (cli_words.WORDS, case_words.WORDS)
    steps = [words.next_step for table in tables for words in table.values()]
    steps += [*NEXT_STEPS.values(), *LISTS.values()]
    named = [name.split() for step in steps for name in re.findall(r"casebridge ((?:[a-z-]+ ?)+)", step)]
    assert len(named) > 15
    for command in named:
        here: object = _APP
        assert isinstance(here, TyperGroup)
        for word in command:
            if isinstance(here, TyperGroup):
                assert word in here.commands, f"casebridge {' '.join(command)}"
                here = here.commands[word]


@pytest.mark.parametrize("reason", Reason)
def test_nobody_is_told_that_what_they_typed_is_tried_again_by_itself(reason: Reason) -> None:
    """Seen: of a name that did not resolve, as `connect` was typed."""
    assert "tried again by itself" not in cli_words.sentence(CasebridgeError("seen", reason=reason))


def test_an_address_whose_name_leads_nowhere_is_one_that_was_not_reached() -> None:
    def unknown(_: str) -> str:
        raise TransientError("the name cannot be resolved now")

    service = FakeService()
    service.with_firm()
    with pytest.raises(TransientError) as caught:
        AddressFirm(service.units_of_work, unknown)(MANAGER, "north", "sa.nowhere.test")
    assert caught.value.reason is Reason.NOT_REACHED
    assert "casebridge connect north --url URL" in cli_words.sentence(caught.value)
