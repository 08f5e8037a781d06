"""An error that nobody foresaw leaves its type and places, never its words."""

import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog
import typer
from typer.testing import CliRunner

from adapters.cli.output import told_plainly
from adapters.system.logs import configure_logs
from core.delivery import DeliveryState
from core.errors import AnswerLostError, TransientError
from core.unexpected import FRAMES_KEPT, error_chain
from tests.fakes.faults import Before
from tests.fakes.service import FakeService

SECRET = "what a client wrote"


def deep(depth: int) -> None:
    if depth == 0:
        raise KeyError(SECRET)
    deep(depth - 1)


def raised(depth: int = 0) -> Exception:
    try:
        try:
            deep(depth)
        except KeyError:
            raise ValueError(SECRET)  # noqa: B904 - both are told of
    except ValueError as error:
        return error
    raise AssertionError


def test_an_error_is_described_by_types_and_places() -> None:
    first, second = error_chain(raised())
    assert (first["type"], second["type"]) == ("builtins.ValueError", "builtins.KeyError")
    assert "test_unexpected.py" in second["frames"][-1]
    assert second["frames"][-1].endswith(" deep")
    assert SECRET not in repr(error_chain(raised()))


def test_the_description_is_bounded() -> None:
    assert max(len(link["frames"]) for link in error_chain(raised(500))) == FRAMES_KEPT
    circle = ValueError()
    other = KeyError()
    circle.__context__, other.__context__ = other, circle
    assert len(error_chain(circle)) == 2
    links: Exception = ValueError()
    for _ in range(10_000):
        outer = ValueError()
        outer.__cause__ = links
        links = outer
    assert len(error_chain(links)) <= 10


@pytest.fixture
def logs_as_configured() -> Iterator[None]:
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook, threading.excepthook)
    handlers, level = root.handlers, root.level
    configure_logs("INFO", "json")
    yield
    root.handlers = handlers
    root.setLevel(level)
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    structlog.reset_defaults()


@pytest.mark.usefixtures("logs_as_configured")
@pytest.mark.parametrize("how", ["a library", "ours"])
def test_a_line_of_the_log_has_no_words_of_an_exception(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().handlers[0].setStream(sys.stderr)  # type: ignore[attr-defined]  # the first is a StreamHandler
    try:
        deep(2)
    except KeyError:
        if how == "a library":
            logging.getLogger("library").exception("it broke")
        else:
            structlog.get_logger("ours").error("it_broke", exc_info=True)
    line = json.loads(capsys.readouterr().err)
    assert SECRET not in repr(line)
    assert line["error_chain"][0]["type"] == "builtins.KeyError"
    assert "exception" not in line


def test_a_command_tells_of_it_in_one_line() -> None:
    app = typer.Typer()

    @app.command()
    def fail(how: str) -> None:
        with told_plainly(), told_plainly():
            if how == "exit":
                raise typer.Exit(7)
            if how == "wrong":
                raise typer.BadParameter("no such thing")
            deep(3)

    told = CliRunner().invoke(app, ["unexpected"])
    assert told.exit_code == 1
    assert "builtins.KeyError at test_unexpected.py" in told.output
    assert SECRET not in told.output
    assert CliRunner().invoke(app, ["exit"]).exit_code == 7
    assert CliRunner().invoke(app, ["wrong"]).exit_code == 2


@pytest.mark.parametrize(
    "error", [KeyError(SECRET), AssertionError(SECRET), RecursionError(), OverflowError()]
)
def test_a_delivery_that_meets_one_leaves_a_notice_and_its_neighbours_go_on(error: Exception) -> None:
    service = FakeService()
    service.with_firm(None, "300417", "300418")
    service.smartadvocate.faults.add("insert_note", Before(error))
    service.send("m-1", case_integration_id="300417")
    service.send("m-2", case_integration_id="300418")
    service.work()
    states = {row.subject_id: row.state for row in service.store.deliveries()}
    assert sorted(states.values()) == [DeliveryState.DELIVERED, DeliveryState.UNKNOWN]
    assert service.notices.errors == [("deliver", f"builtins.{type(error).__name__}")]
    [about] = service.notices.about
    assert about["firm"] == "north"
    assert SECRET not in repr([row.detail for row in service.store.deliveries()])


def test_one_met_while_looking_after_a_lost_answer_changes_nothing() -> None:
    service = FakeService()
    service.with_firm(None, "300417")
    service.smartadvocate.faults.add("insert_note", Before(AnswerLostError("lost")))
    service.smartadvocate.faults.add("notes", Before(KeyError(SECRET)))
    service.send("m-1", case_integration_id="300417")
    service.work()
    [row] = service.store.deliveries()
    assert row.state is DeliveryState.UNKNOWN
    assert service.notices.errors == [("deliver", "builtins.KeyError")]


def test_an_error_of_ours_is_no_unexpected_one() -> None:
    service = FakeService()
    service.with_firm(None, "300417")
    service.smartadvocate.faults.add("insert_note", Before(TransientError("busy")))
    service.send("m-1", case_integration_id="300417")
    service.work()
    assert service.notices.errors == []
