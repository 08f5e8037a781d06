"""What somebody types is letters and no control characters: a clear refusal before any command meets them."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from typer import Context


def refuse_what_is_unseen(command: Any) -> Any:
    """Return the command; it exits 2 for a text that holds what nobody sees and nothing can store."""
    if "invoke" not in vars(command):
        command.invoke = partial(_invoke, command.invoke)
    return command


def _invoke(carry_out: Callable[[Context], Any], ctx: Context) -> Any:
    for name, character in _found(ctx.params):
        from adapters.cli.output import WRONG_USE, fail  # loaded by what failed

        param = next((one for one in ctx.command.params if one.name == name), None)
        called = name if param is None else param.opts[-1] if param.opts[-1][:1] == "-" else param.metavar
        fail(f"{called} holds a control character, {character}. Type it anew, without it", WRONG_USE)
    return carry_out(ctx)


def _found(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    from core.storable import UNSEEN  # loaded by who has typed something

    for name, value in parameters.items():
        for text in value if isinstance(value, list | tuple) else (value,):
            found = UNSEEN.search(text) if isinstance(text, str) else None
            if found is not None:
                yield name, f"U+{ord(found[0]):04X}"
