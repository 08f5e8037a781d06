"""Libraries load others where they find them, used or not. Here a process keeps what it never uses away."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Let what is imported meanwhile not find these modules, unless they are loaded already.

    For imports at a module's top, where each is done once. Other threads do not find them either meanwhile.
    """
    loaded = cast("dict[str, ModuleType | None]", sys.modules)
    hidden = dict.fromkeys(name for name in modules if name not in loaded)
    loaded.update(hidden)  # None: "there is no such module" (Python's Language Reference, 5.3.1)
    try:
        yield
    finally:
        for name in hidden:
            del loaded[name]
