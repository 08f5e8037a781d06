"""Port: the firms, their settings version by version, and their end."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.actor import Actor, Reach
from core.firm import ConnectionState, Firm
from core.overview import Behind, FirmAtAGlance, FirmOrder
from core.setting_version import SettingKind, SettingVersion


class Firms(Protocol):
    """Firms and where their connections stand."""

    def get(self, firm_id: str) -> Firm | None:
        """Return the firm, or None."""
        ...

    def save(self, firm: Firm) -> None:
        """Insert or replace the firm's name, settings and connection state."""
        ...

    def all(self, firms: Reach, *, after: str = "", limit: int | None = None) -> Sequence[Firm]:
        """Return these firms, by id (byte order), behind `after`."""
        ...

    def ids(self, firms: Reach) -> Sequence[str]:
        """Return the ids of these firms, in order."""
        ...

    def at_a_glance(
        self, firms: Reach, order: FirmOrder, limit: int, *, behind: Behind | None = None, words: str = ""
    ) -> Sequence[FirmAtAGlance]:
        """Return up to `limit` of these firms, those first that need somebody most.

        By NIGHT those without a good run, then those whose last one is longest ago; by PROBLEMS those
        with the most open issues. Then by id. `words`: only firms whose id or name has them,
        whatever the case of their letters.
        """
        ...

    def known(self, firm_ids: Sequence[str]) -> dict[str, bool]:
        """Return those of `firm_ids` that exist, each with whether it takes `immediate` deliveries."""
        ...

    def alike(self, firm_id: str) -> Sequence[str]:
        """Return ids, up to five, that differ from this one in letter case and blanks around it alone."""
        ...

    def nightly(self, since: int, until: int, limit: int) -> Sequence[tuple[str, bool]]:
        """Return (firm id, first run still to come) of connected firms whose nightly sync is on.

        Those whose place (`core.night`) is from `since` on and before `until`, in the order of places: up to
        `limit`, and those that share the last one's place.
        """
        ...

    def nightly_among(self, firm_ids: Sequence[str]) -> Sequence[str]:
        """Return those of these firms that are connected and whose nightly sync is on, in order."""
        ...

    def set_connection(self, firm_id: str, state: ConnectionState, *, of_version: int | None = None) -> bool:
        """Set the state; True if it differed. RECONNECT_REQUIRED only follows CONNECTED.

        With `of_version` nothing happens once the firm's connection is another one.
        """
        ...

    def wake(self) -> Sequence[str]:
        """Return the firms whose pause has come to its end or was lifted, each once, by the store's clock."""
        ...

    def next_to_wake(self) -> timedelta | None:
        """Return how long it is until the next firm's pause ends; None where no firm is paused."""
        ...

    def pause_by_hand(self, firm_id: str, until: datetime, by: str, why: str) -> None:
        """Pause the firm until then (UTC), for all processes within a second; whatever pause was in force.

        What SmartAdvocate asks for meanwhile changes nothing of it (`core.ports.admission`).
        """
        ...

    def resume(self, firm_id: str) -> bool:
        """Lift the firm's pause, for all processes within a second. False where there was none in force."""
        ...

    def forget_first_sync(self, firm_id: str) -> None:
        """Let the next run look back ten years again, until one has finished."""
        ...

    def mark_first_synced(self, firm_id: str, at: datetime) -> None:
        """Remember that the ten-year run has finished."""
        ...

    def add_version(
        self, firm_id: str, kind: SettingKind, data: Mapping[str, Any] | Sequence[Any], actor: Actor
    ) -> int:
        """Remember what a setting is now, and return the version's number; versions are never changed.

        One more than the firm's last, of whatever kind, from 1.
        """
        ...

    def versions(
        self, firm_id: str, kind: SettingKind | None = None, limit: int = 50, *, before: int | None = None
    ) -> Sequence[SettingVersion]:
        """Return versions of its settings, newest first; only those older than version `before`."""
        ...

    def delete(self, firm_id: str) -> None:
        """Delete all rows of the firm but the audit log's, and the rejected events whose body names it.

        Raises UnknownFirmError; ConfigurationError unless the firm is disconnected or was never connected.
        """
        ...
