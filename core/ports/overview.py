"""Port: firms at a glance."""

from collections.abc import Sequence
from typing import Protocol

from core.actor import Reach
from core.overview import Behind, FirmAtAGlance, FirmOrder


class Overview(Protocol):
    """Looks at many firms at once."""

    def firms(
        self, firms: Reach, order: FirmOrder, limit: int, *, behind: Behind | None = None, words: str = ""
    ) -> Sequence[FirmAtAGlance]:
        """Return up to `limit` of these firms, those first that need somebody most.

        By NIGHT those without a good run, then those whose last one is longest ago; by PROBLEMS those
        with the most open issues. Then by id. `words`: only firms whose id or name has them,
        whatever the case of their letters.
        """
        ...
