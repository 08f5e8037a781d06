"""A desk that keeps what it was asked: by whom, and whether it refused."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from core.actor import Actor
from core.desk import Desk
from core.errors import CasebridgeError, NotAllowedError, UnknownFirmError, UnknownThingError


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of the desk. `actor` is None for one that asks for none: a secret opens it."""

    name: str
    actor: Actor | None
    error: CasebridgeError | None

    @property
    def is_refused(self) -> bool:
        """Whether it was refused: what is not the actor's is as unknown as what never was."""
        return isinstance(self.error, NotAllowedError | UnknownThingError | UnknownFirmError)


class Spy:
    """Stands before a part of the desk."""

    def __init__(self, name: str, part: Any, asked: list[Asked]) -> None:
        self._name = name
        self._part = part
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        return self._heard(found, f"{self._name}.{name}") if callable(found) else found

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._heard(self._part, self._name)(*arguments, **named)

    def _heard(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def heard(*arguments: Any, **named: Any) -> Any:
            first = arguments[0] if arguments else named.get("actor")
            actor = first if isinstance(first, Actor) else None
            try:
                answer = call(*arguments, **named)
            except CasebridgeError as error:
                self._asked.append(Asked(name, actor, error))
                raise
            self._asked.append(Asked(name, actor, None))
            return answer

        return heard


def spied(desk: Desk, asked: list[Asked]) -> Desk:
    """Return the desk with a spy before each part."""
    parts: dict[str, Any] = {f.name: Spy(f.name, getattr(desk, f.name), asked) for f in fields(desk)}
    return replace(desk, **parts)
