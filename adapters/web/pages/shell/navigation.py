"""Where one can go: what the sidebar shows, by who asks and whose pages these are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from core.actor import Actor, Power


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the sidebar. `icon` is a name of `shell/icons.py`."""

    text: str
    href: str
    icon: str

    def leads_to(self, path: str) -> bool:
        """Tell whether the page at `path` is this one, or below it."""
        return path == self.href or path.startswith(f"{self.href}/")


@dataclass(frozen=True, slots=True)
class Group:
    """Links under a heading."""

    heading: str
    links: Sequence[Link]


# A firm's pages, by what stands behind `/firms/{firm_id}`.
_FIRM: Final = (
    ("Home", "", "home"),
    ("Problems", "/problems", "alert"),
    ("Cases", "/cases", "folder"),
    ("Runs", "/runs", "sync"),
    ("Nightly reports", "/exception-reports", "book"),
    ("Why is it not here?", "/find", "search"),
    ("Mapping", "/mapping", "branch"),
    ("Connection", "/connection", "plug"),
    ("Verification", "/verifications", "check"),
    ("Notifications", "/notifications", "bell"),
)
_GO_LIVE: Final = ("Go-live", "/go-live", "flag")
_MANAGING: Final = (
    ("Ten years again", "/reset", "history"),
    ("Copy a mapping", "/copy", "copy"),
)
_OPERATING: Final = (
    Link("What is late", "/operations", "clock"),
    Link("Deliveries", "/deliveries", "send"),
    Link("Bulk operations", "/bulk", "layers"),
    Link("Announcements", "/announcements", "message"),
    Link("Validate an event", "/events/validate", "check"),
    Link("Audit log", "/audit", "book"),
)
_ALL_FIRMS_OPERATING: Final = (
    Link("Rejected events", "/rejected-events", "inbox"),
    Link("Schedules", "/schedules", "calendar"),
    Link("Processes", "/processes", "cpu"),
    Link("Tables", "/tables", "database"),
    Link("Support bundle", "/support-bundle", "download"),
)


def groups(actor: Actor, firm_id: str | None, firm_name: str = "") -> Iterator[Group]:
    """Yield what the actor may go to; `firm_id` is the firm whose page is shown, if any."""
    if firm_id is not None:
        base = f"/firms/{quote(firm_id, safe='')}"
        managing = [_GO_LIVE] if actor.may(Power.OPERATE) else []
        managing += _MANAGING if actor.may(Power.MANAGE) else ()
        links = [Link(text, base + rest, icon) for text, rest, icon in (*_FIRM, *managing)]
        yield Group(firm_name or firm_id, links)
    if actor.may(Power.OPERATE) or actor.firm_id is None:
        yield Group("Firms", [Link("All firms" if actor.reaches_all else "My firms", "/firms", "building")])
    if actor.may(Power.OPERATE):
        whole = _ALL_FIRMS_OPERATING if actor.reaches_all else ()
        yield Group("Operations", [*_OPERATING, *whole])
    mine = [Link("Account", "/account", "person")]
    if actor.may(Power.MANAGE):
        mine.append(Link("API keys", "/api-keys", "key"))
    yield Group("You", mine)


def current(shown: Sequence[Group], path: str) -> str | None:
    """Return the address of the line that stands for `path`: the longest that leads there."""
    leading = [link.href for group in shown for link in group.links if link.leads_to(path)]
    return max(leading, key=len, default=None)
