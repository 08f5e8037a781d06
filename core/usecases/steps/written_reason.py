"""The reason that a person writes for what nothing brings back, or what others will ask about."""

from core.bulk import LONGEST_WHY
from core.errors import ConfigurationError
from core.storable import storable


def written_reason(why: str) -> str:
    """Return the reason that a person gave, on one line. Raises ConfigurationError without one."""
    why = storable(" ".join(why.split()))
    if not why or len(why) > LONGEST_WHY:
        raise ConfigurationError(
            f"a reason of 1 to {LONGEST_WHY} characters is needed, and {len(why)} came",
            limit=str(LONGEST_WHY),
        )
    return why
