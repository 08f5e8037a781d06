"""Notices that are kept."""

from core.ports.notices import Notices
from core.unexpected import type_of
from core.written_twice import WrittenTwice


class FakeNotices(Notices):
    """`errors` are what was under way and the type, `twice` what is there twice."""

    def __init__(self) -> None:
        self.errors: list[tuple[str, str]] = []
        self.about: list[dict[str, str | int | None]] = []
        self.twice: list[WrittenTwice] = []

    def unexpected(self, error: BaseException, doing: str, **about: str | int | None) -> None:
        self.errors.append((doing, type_of(error)))
        self.about.append(about)

    def written_twice(self, found: WrittenTwice) -> None:
        self.twice.append(found)
