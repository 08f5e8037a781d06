"""Lists are read at 80 columns and at 120, and by programs: no word is broken, nothing is left out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NoReturn, cast

import pytest
from rich.cells import cell_len

from adapters.cli.cli import Processes
from adapters.cli.table import shown, tabbed, table
from core.actor import SYSTEM
from core.errors import ConfigurationError, RejectedBySmartAdvocateError, TransientError
from core.issue import IssueKind
from core.permission import Right
from core.upkeep import Cleaning, OpenTransaction, TableHealth
from core.usecases.receive_events import Incoming
from tests.desk_calls import fill
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService
from tests.unit.cli_shell import Shell

LISTS = [
    ("firms", "list"),
    ("firms", "settings"),
    ("firms", "settings", "north"),
    ("runs", "list"),
    ("runs", "show", "RUN"),
    ("runs", "exceptions", "long-established-partners-llp"),
    ("issues", "list"),
    ("issues", "list", "--muted"),
    ("deliveries", "list"),
    ("deliveries", "show", "DELIVERY"),
    ("events", "rejected"),
    ("audit", "list"),
    ("cases", "problems", "long-established-partners-llp"),
    ("cases", "history", "north", "300417"),
    ("mapping", "show", "north"),
    ("mapping", "preview", "north", "300417"),
    ("mapping", "unmatched", "long-established-partners-llp"),
    ("mapping", "history", "north"),
    ("verifications", "list", "north"),
    ("verifications", "show", "VERIFICATION"),
    ("permissions", "north"),
    ("keys", "list"),
]
LONG = "long-established-partners-llp"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shell() -> Shell:
    """A firm with something of everything, and one with a long name and many troubles."""
    service = FakeService()
    fill(service, "north")
    service.add_firm(SYSTEM, a_firm(LONG, name="Long, Established & Partners of the Third District, L.L.P."))
    odd = "Premises Liability (Third Party) / Slip-and-Fall-on-Public-Transportation"
    for number in range(30):
        case = a_source_case(f"5{number:03}", case_type=f"{odd} {number}")
        service.smartadvocate.put_case(LONG, case)
    service.smartadvocate.put_case(LONG, a_source_case("5999"))
    service.start_sync(SYSTEM, a_firm(LONG))
    service.work()
    refused = Before(
        RejectedBySmartAdvocateError("SmartAdvocate answered HTTP 400: the note's subject is " * 4)
    )
    service.smartadvocate.faults.add("insert_note", refused)
    service.send("0b8e6a9e-4b0f-4f0e-9d3c-5a1f6f6f2c11", firm_id=LONG, case_integration_id="5999")
    service.work()
    service.receive(SYSTEM, [Incoming("http", b"\xff{")])
    service.desk.probe_permissions(SYSTEM, service.desk.firms.get(SYSTEM, "north"))
    for _ in range(2):
        service.later(timedelta(days=1))
    with service.units_of_work(SYSTEM) as uow:
        for right in Right:
            why = f"firm {LONG!r} may not {right}: HTTP 403, " + "the account's role does not reach it " * 3
            uow.issues.open(LONG, IssueKind.ACCOUNT_RIGHT_MISSING, right.value, why)
        uow.commit()
    return Shell(service)


def named(shell: Shell, command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command with the numbers that its words stand for."""
    tables = shell.service.store.tables
    numbers = {
        "RUN": max(tables.runs),
        "DELIVERY": max(tables.deliveries),
        "VERIFICATION": max(
            number for number, row in tables.probe_results.items() if "cases" in row.document
        ),
    }
    return tuple(str(numbers.get(word, word)) for word in command)


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
@pytest.mark.parametrize("width", [80, 120])
def test_a_list_fits_the_terminal_and_breaks_no_word(
    shell: Shell, command: tuple[str, ...], width: int
) -> None:
    command = named(shell, command)
    lines = shell.at_terminal(width, *command)
    assert lines
    for line in lines:
        assert cell_len(line) <= width or len(line.split()) == 1, line
    words = set(" ".join(lines).split())
    for line in shell(*command, code=None).splitlines()[1:]:
        for cell in line.split("\t"):
            if "T" not in cell and all(word in words for word in cell.split()[:1]):
                assert set(cell.split()) <= words, cell


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_a_piped_list_is_lines_of_tabs_under_their_names(shell: Shell, command: tuple[str, ...]) -> None:
    text = shell(*named(shell, command), code=None)
    assert "\x1b" not in text
    lines = [line for line in text.splitlines() if "\t" in line]
    assert lines
    if command[1] == "list":
        assert len({line.count("\t") for line in text.splitlines()}) == 1, "every line is a row"
        rows = shell.json(*command)
        names = lines[0].split("\t")
        assert len(lines) == 1 + len(rows)
        for line, row in zip(lines[1:], rows, strict=True):
            told = dict(zip(names, line.split("\t"), strict=True))
            texts = [name for name in names if isinstance(row[name], str) and not _is_time(name)]
            assert all(told[name] == row[name] for name in texts)


BOUNDED = [command for command in LISTS if command[1:2] != ("show",)]


@pytest.mark.parametrize("command", BOUNDED, ids=" ".join)
def test_a_list_that_ends_before_its_end_says_so(shell: Shell, command: tuple[str, ...]) -> None:
    """Seen: fifty of eighty problems, and no word of the others."""
    command = named(shell, command)
    whole = shell.json(*command)
    if shell(*command, "--limit", "1", code=None) == "":
        assert "No such option" in shell.wrong  # it is never cut
        return
    assert shell.json(*command, "--limit", "1") == whole[:1]
    assert ("there are more" in shell.wrong) == (len(whole) > 1)


def test_a_firm_is_shown_with_its_first_issues_and_the_number_of_the_others(shell: Shell) -> None:
    """Seen: fifteen thousand lines of issues behind a firm's settings."""
    number = len(shell.json("issues", "list", "--firm", LONG))
    said = shell.at_terminal(80, "firms", "show", LONG)
    assert f"and {number - 20} more: casebridge issues list --firm {LONG}" in said
    assert len(shell.json("firms", "show", LONG)["issues"]) == number


def test_sentences_break_between_words_at_a_terminal_and_commands_stand_by_themselves(shell: Shell) -> None:
    """Seen: the names of 52 migrations, broken wherever the line ended."""
    said = shell.at_terminal(40, "connect", "north", "--oauth")
    assert all(len(line) <= 40 or len(line.split()) == 1 for line in said)
    assert "    casebridge verifications list north" in said


def _is_time(name: str) -> bool:
    return name == "at" or name.endswith(("_at", "_until"))


class Sick:
    """What `doctor` asks, with troubles of every length."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(name)

    def checks(self) -> dict[str, Callable[[], None]]:
        def fail(words: str) -> Callable[[], None]:
            def check() -> None:
                raise ConfigurationError(words)

            return check

        return {
            "settings": lambda: None,
            "database": fail("the database 'cb' is encoded in LATIN1, which does not hold every letter"),
            "row-level security": fail("role " + "casebridge_limited_of_this_installation " * 6),
            "broker": fail(f"amqps://{'mq.' * 40}example.com/%2F cannot be reached"),
        }


@pytest.mark.parametrize("width", [80, 120])
def test_what_doctor_found_fits_the_terminal_and_is_whole_where_it_is_piped(width: int) -> None:
    shell = Shell(processes=cast("Processes", Sick()))
    lines = shell.at_terminal(width, "doctor")
    for line in lines:
        assert cell_len(line) <= width or len(line.split()) == 1, line
    words = " ".join(" ".join(lines).split())
    for said in ("settings", "ok", "row-level security", "encoded in LATIN1, which does not hold"):
        assert said in words
    header, *rows = shell("doctor", code=1).splitlines()
    assert header.split("\t") == ["part", "state", "detail"]
    assert [row.split("\t")[1] for row in rows] == ["ok", "failed", "failed", "failed"]
    assert shell.json("doctor", code=1)[1]["state"] == "failed"


class Away(Sick):
    """A database that is away, which every part of it says in the words of the first."""

    def checks(self) -> dict[str, Callable[[], None]]:
        error = TransientError("the database does not answer: nothing listens at 127.0.0.1:5432")

        def fail() -> None:
            raise error

        return {"database": fail, "cell": fail, "removal": fail}


class Migrating(Sick):
    """Applies so many migrations."""

    def __init__(self, number: int) -> None:
        self._number = number

    def migrate(self) -> list[str]:
        return [f"{number:04}_step" for number in range(1, self._number + 1)]

    def prepare_role(self) -> list[str]:
        return []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "nothing to do: up to date"),
        (1, "applied 1 migration, up to 0001_step"),
        (52, "applied 52 migrations, up to 0052_step"),
    ],
)
def test_migrating_tells_how_many_it_applied_and_names_the_last(number: int, said: str) -> None:
    shell = Shell(processes=cast("Processes", Migrating(number)))
    assert shell.at_terminal(80, "migrate") == [said]
    assert len(shell.json("migrate")["applied"]) == number


def test_what_doctor_found_out_once_it_says_once() -> None:
    """Seen: seven times the same three lines at a terminal."""
    rows = Shell(processes=cast("Processes", Away())).json("doctor", code=1)
    assert [row["state"] for row in rows] == ["failed"] * 3
    assert [row["detail"] for row in rows][1:] == ["not looked at: see database"] * 2


class Uncleaned(Sick):
    """A store that works, and is not cleaned."""

    def checks(self) -> dict[str, Callable[[], Cleaning]]:  # type: ignore[override]  # it checks this alone
        began = datetime(2026, 11, 2, 12, tzinfo=UTC)
        held = OpenTransaction("a report", began, timedelta(minutes=90))
        lanes = TableHealth("lanes", 20_000, 60_000, 1, None, None)
        return {
            "cleaning": lambda: Cleaning(held, [lanes]),
            "a moment later": lambda: Cleaning(OpenTransaction("", began, timedelta(minutes=1)), []),
        }


def test_doctor_warns_of_what_keeps_the_store_from_cleaning_and_that_is_no_failure() -> None:
    cleaning, fine = Shell(processes=cast("Processes", Uncleaned())).json("doctor")
    assert (cleaning["state"], fine["state"], fine["detail"]) == ("warning", "ok", "")
    for said in ("for 90 minutes by a report", "pg_stat_activity", "lanes (75 % dead rows)"):
        assert said in cleaning["detail"]


def test_thirty_issues_are_read_on_a_few_pages_and_each_next_step_once(shell: Shell) -> None:
    issues = shell.json("issues", "list", "--firm", LONG)
    assert len(issues) > 30
    lines = shell.at_terminal(80, "issues", "list", "--firm", LONG)
    assert len(lines) < 7 * len(issues)
    assert " ".join(lines).count("The closest names") == 1
    assert any("d ago" in line for line in lines)


def test_an_empty_list_is_said_to_people_and_has_its_columns_for_programs(shell: Shell) -> None:
    assert shell.at_terminal(80, "deliveries", "list", "--firm", "north", "--state", "unknown") == [
        "no such deliveries"
    ]
    text = shell("deliveries", "list", "--firm", "north", "--state", "unknown")
    assert text.startswith("delivery_id\tfirm_id\tkind\t")
    assert len(text.splitlines()) == 1
    assert shell.wrong == "no such deliveries\n"


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=-0.4), "now"),
        (timedelta(seconds=-59), "59 s ago"),
        (timedelta(seconds=90), "in 1 min"),
        (timedelta(minutes=-59), "59 min ago"),
        (timedelta(hours=-47), "47 h ago"),
        (timedelta(hours=49), "in 2 d"),
        (timedelta(days=-59), "59 d ago"),
        (timedelta(days=-60), "2026-09-03"),
        (timedelta(days=-700_000), "0110-04-21"),
    ],
)
def test_times_are_told_from_now(apart: timedelta, said: str) -> None:
    assert shown(NOON + apart, NOON) == said


def test_times_and_values_are_whole_for_programs() -> None:
    row = {
        "at": NOON,
        "yes": True,
        "none": None,
        "of": {"a": 1, "b": None},
        "list": ["x", "y"],
        "odd": "a\tb\nc\x1b",
    }
    assert list(tabbed([row], list(row)))[1] == "2026-11-02T12:00:00Z\tyes\t\ta: 1\tx, y\ta b c\ufffd"


def test_of_columns_that_do_not_fit_those_with_the_longest_words_go_under_the_row() -> None:
    row = {"firm_id": "north", "case_integration_id": "y" * 30, "reason": "z" * 20, "detail": "what was seen"}
    assert list(table([row, row], list(row)[:3], below=["detail"], width=40)) == [
        "firm   reason",
        f"north  {'z' * 20}", f"    case: {'y' * 30}", "    what was seen",
        f"north  {'z' * 20}", f"    case: {'y' * 30}", "    what was seen",
    ]  # fmt: skip
