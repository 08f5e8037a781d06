"""An account probe that answers what it is told to."""

from collections.abc import Sequence

from core.firm import Firm
from core.ports.authorization import AccountProbe


class FakeAccountProbe(AccountProbe):
    """`asked` keeps what was looked for: firm id, token, cases."""

    def __init__(self, answer: bool | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Sequence[tuple[str, str]]]] = []

    def sees_any(self, firm: Firm, token: str, cases: Sequence[tuple[str, str]]) -> bool | None:
        """Return `answer`."""
        self.asked.append((firm.firm_id, token, cases))
        return self.answer
