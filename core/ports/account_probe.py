"""Port: whose account is it?"""

from collections.abc import Sequence
from typing import Protocol

from core.firm import Firm


class AccountProbe(Protocol):
    """Looks with a token that is not stored yet."""

    def sees_any(self, firm: Firm, token: str, cases: Sequence[tuple[str, str]]) -> bool | None:
        """Tell whether the token's account sees one of these cases: (integration id, case number).

        False where SmartAdvocate shows none of them under its number, None where it could not be told (no
        right to read cases, an unreadable answer). Raises TransientError, ConnectionRejectedError.
        """
        ...
