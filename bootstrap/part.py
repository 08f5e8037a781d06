"""A part of a room: made by a plain, typed method when it is first asked for, and made once."""

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, Self, TypeVar, overload

from adapters.system.without import without

with without("yaml", "pydantic", "pydantic_settings"):  # it could read settings with them; nobody asks it to
    from dependency_injector.providers import ThreadSafeSingleton

RoomT = TypeVar("RoomT")
PartT = TypeVar("PartT")


class part(Generic[RoomT, PartT]):  # noqa: N801 - a decorator, like `property`
    """`room.pool` is what `def pool(self) -> Pool` makes: one a room, however many threads ask at once."""

    def __init__(self, make: Callable[[RoomT], PartT]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, _owner: type, name: str) -> None:
        self._key = f"{name} (part)"

    @overload
    def __get__(self, room: None, owner: type) -> Self: ...
    @overload
    def __get__(self, room: RoomT, owner: type) -> PartT: ...
    def __get__(self, room: RoomT | None, owner: type) -> PartT | Self:
        if room is None:
            return self
        kept: dict[str, Any] = room.__dict__
        provider: ThreadSafeSingleton[PartT] | None = kept.get(self._key)
        if provider is None:  # `setdefault` is atomic: threads that come together get the same provider
            provider = kept.setdefault(self._key, ThreadSafeSingleton(partial(self._make, room)))
        return provider()
