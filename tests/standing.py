"""One application for test after test: to build it costs more than most tests ask of it."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from fastapi import FastAPI

_VALUES = (str, bytes, int, float, type(None), tuple, frozenset, Enum)


class Standing:
    """Stands for whatever `find` gives by then: an application that holds it, or a method of it, asks that.

    Values are handed out as they are.
    """

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._find(), name)
        return found if isinstance(found, _VALUES) else Standing(lambda: getattr(self._find(), name))

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._find()(*arguments, **named)


def forget_clients(app: FastAPI) -> None:
    """Let the application know nothing of who asked before: its limits count from the start.

    They are made with what stands around the application, which is at the next request.
    """
    app.middleware_stack = None
