"""Log events are names, so that they can be searched and counted; what they are about stands beside them."""

import ast
import re

from tests.unit.tree import OURS, sources

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def events() -> dict[str, str]:
    """Return what is logged, by place."""
    return {
        f"{path}:{call.lineno}": ast.unparse(call.args[0])
        for path, tree in sources(*OURS, "bootstrap.py")
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS
        if ast.unparse(call.func.value).rpartition(".")[2].strip("_") in {"log", "logger"}
    }


def test_a_log_event_is_a_name_in_snake_case() -> None:
    found = events()
    assert len(found) > 20
    assert {
        place: event for place, event in found.items() if not re.fullmatch("'[a-z][a-z0-9_]*'", event)
    } == {}
