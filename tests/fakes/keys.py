"""Keys in memory."""

from core.ports.connections import Keys


class FakeKeys(Keys):
    """`secrets` is what each key encrypts; `stuck` is in the way of those that are not rotated."""

    def __init__(self) -> None:
        self.secrets = {"new": 1, "old": 2}
        self.stuck: list[str] = []
        self.strangers: list[str] = []

    @property
    def current(self) -> str:
        return "new"

    def counts(self) -> dict[str, int]:
        return dict(self.secrets)

    def try_each(self) -> list[str]:
        return list(self.stuck)

    def unaware(self) -> list[str]:
        return list(self.strangers)

    def rotate(self) -> tuple[int, list[str]]:
        number = 0 if self.stuck else self.secrets["old"]
        self.secrets = {"new": self.secrets["new"] + number, "old": self.secrets["old"] - number}
        return number, list(self.stuck)
