"""Libraries load others where they find them, used or not. Here a process keeps what it never uses away."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class _Hidden:
    """A finder that says there are no such modules (Python's Language Reference, 5.3.3)."""

    def __init__(self, modules: frozenset[str]) -> None:
        self._modules = modules

    def find_spec(self, name: str, _path: Sequence[str] | None = None, _target: object = None) -> None:
        if name in self._modules:
            raise ModuleNotFoundError(f"this process does without {name}", name=name)


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Let what is imported meanwhile not find these modules, unless they are loaded already.

    For imports at a module's top, where each is done once. Other threads do not find them either meanwhile.
    """
    hidden = _Hidden(frozenset(modules))
    sys.meta_path.insert(0, hidden)
    try:
        yield
    finally:
        sys.meta_path.remove(hidden)
