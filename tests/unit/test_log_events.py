"""Log events are names, so that they can be searched and counted; what they are about stands beside them."""

import ast
import re
from functools import cache

from tests.unit.tree import COMPOSITION_ROOT, OURS, ROOT, nodes, sources

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


@cache
def events() -> dict[str, str]:
    """Return what is logged, by place."""
    return {
        f"{path}:{call.lineno}": ast.unparse(call.args[0])
        for path, tree in sources(*OURS, COMPOSITION_ROOT, words=["log.", "log()", "logger"])
        for call in nodes(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS
        if ast.unparse(call.func.value).rpartition(".")[2].strip("_") in {"log", "logger"}
    }


def test_a_log_event_is_a_name_in_snake_case() -> None:
    found = events()
    assert len(found) > 20
    assert {
        place: event for place, event in found.items() if not re.fullmatch("'[a-z][a-z0-9_]*'", event)
    } == {}


def test_the_events_that_the_guide_explains_are_logged() -> None:
    guide = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    table = guide.partition("| log event |")[2].partition("\n\n")[0]
    explained = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|", 2)[1])}
    assert len(explained) > 5
    assert explained <= {event.strip("'") for event in events().values()}
