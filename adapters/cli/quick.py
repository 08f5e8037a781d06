"""Commands that start as fast as what they run: nothing is loaded to convert what nobody typed.

Typer converts each option by pydantic, one that was left out as well. Loading that is a fifth of a worker's
start, which has no other use for it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from typer import Context
from typer.core import TyperCommand, TyperGroup


class QuickGroup(TyperGroup):
    """A group of which options that were left out load nothing."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options, `--help` among them."""
        return [_quick(option) for option in super().get_params(ctx)]


class QuickCommand(TyperCommand):
    """A command of which options that were left out load nothing."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options, `--help` among them."""
        return [_quick(option) for option in super().get_params(ctx)]


class _WhenTyped:
    """Converts what was typed by what Typer makes for it, which is made then."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def coerce(self, value: Any, param: Any, ctx: Context) -> Any:
        """Return the value as the command takes it. Raises Typer's BadParameter."""
        if value is None and not param.multiple and param.nargs != -1:
            return None
        return self._make().coerce(value, param=param, ctx=ctx)


def _quick(option: Any) -> Any:
    if "get_runtime_param" not in vars(option):
        option.get_runtime_param = partial(_WhenTyped, option.get_runtime_param)
    return option
