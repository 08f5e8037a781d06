"""What pages say of a thing that is not there, and which page lists those that are."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from core.thing import Thing


@dataclass(frozen=True, slots=True)
class Missing:
    """`what` is the sentence; `list_name` is what the page at `list_path` is called.

    A path that begins with `~` is below the firm's own.
    """

    what: str
    list_name: str
    list_path: str

    def address(self, firm_id: str | None) -> str | None:
        """Return where the list is; None for a firm's own where the firm is not known."""
        if not self.list_path.startswith("~"):
            return self.list_path
        return None if firm_id is None else f"/firms/{quote(firm_id, safe='')}{self.list_path[1:]}"


MISSING: Final[Mapping[Thing, Missing]] = MappingProxyType(
    {
        Thing.RUN: Missing("There is no such run", "Runs", "~/runs"),
        Thing.BULK: Missing("There is no such bulk operation", "Bulk operations", "/bulk"),
        Thing.DELIVERY: Missing("There is no such delivery", "Deliveries", "/deliveries"),
        Thing.CASE: Missing("This case is not here", "Why is it not here?", "~/find"),
        Thing.PROBLEM: Missing("This problem is mended already", "Problems", "~/problems"),
        Thing.VERIFICATION: Missing("There is no such verification", "Verification", "~/verifications"),
        Thing.REPORT: Missing("There is no report of this night", "Nightly reports", "~/exception-reports"),
        Thing.ISSUE: Missing("This issue is over, or never was", "Problems", "~/problems"),
        Thing.MUTED_ISSUE: Missing("This issue is not muted", "Problems", "~/problems"),
        Thing.ANNOUNCEMENT: Missing(
            "There is no such announcement, or it is kept no longer", "Announcements", "/announcements"
        ),
        Thing.REJECTED_EVENT: Missing(
            "There is no such rejected event", "Rejected events", "/rejected-events"
        ),
        Thing.VERSION: Missing(
            "There is no such version of the settings", "Who changed what", "~/mapping/history"
        ),
        Thing.RECIPIENT: Missing("This address gets no letters", "Notifications", "~/notifications"),
        Thing.API_KEY: Missing("There is no such API key", "API keys", "/api-keys"),
        Thing.PERSON: Missing("This person is not on the list", "Account", "/account"),
    }
)
