"""What the go-live page says of each step: where it stands, and where it is taken."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.web.pages.shell.numbers import count
from core.firm import ConnectionState
from core.go_live import GoLiveItem, GoLiveStep, StepState
from core.setting_version import SettingKind

CONNECTIONS: Final[Mapping[ConnectionState, tuple[str, str]]] = MappingProxyType(
    {
        ConnectionState.NOT_CONNECTED: ("off", "Not connected"),
        ConnectionState.CONNECTED: ("good", "Connected"),
        ConnectionState.RECONNECT_REQUIRED: ("bad", "Must reconnect"),
        ConnectionState.DISCONNECTED: ("off", "Disconnected"),
    }
)
STATES: Final[Mapping[StepState, tuple[str, str]]] = MappingProxyType(
    {
        StepState.DONE: ("good", "Done"),
        StepState.MISSING: ("bad", "To do"),
        StepState.UNTRIED: ("wait", "Not tried yet"),
        StepState.UNDER_WAY: ("info", "Under way"),
    }
)
SETTINGS: Final[Mapping[SettingKind, str]] = MappingProxyType(
    {
        SettingKind.PRACTICE_AREAS: "Practice areas and stages, with the names that match them",
        SettingKind.FIELD_MAPPING: "Where each field comes from, and whether it is required",
        SettingKind.CLOSING: "What counts as closed",
    }
)
# Title, where on the firm's pages the step is taken (behind `/firms/{id}`), and that link's words.
_STEPS: Final[Mapping[GoLiveStep, tuple[str, str, str]]] = MappingProxyType(
    {
        GoLiveStep.CONNECTED: ("SmartAdvocate is connected", "/connection", "Connection"),
        GoLiveStep.PERMISSIONS: (
            "The account has every right it needs",
            "/connection",
            "Rights of the account",
        ),
        GoLiveStep.PRACTICE_AREAS: ("Practice areas and stages are set up", "/mapping", "Mapping"),
        GoLiveStep.VERIFICATION: ("Test cases were compared and agreed", "/verifications", "Verification"),
        GoLiveStep.FIRST_IMPORT: ("The first ten years of cases are here", "/runs", "Runs"),
        GoLiveStep.NAMES: ("Every name of SmartAdvocate matches", "/problems", "Problems"),
    }
)


def step_of(item: GoLiveItem) -> tuple[str, str, str, str]:
    """Return title, what more is to be said, where it is taken, and that link's words."""
    title, where, link = _STEPS[item.step]
    more = ""
    if item.about:
        more = f"Missing: {', '.join(item.about)}"
    elif item.cases:
        more = f"Names that match nothing keep {count(item.cases, 'case')} back, or as they were"
    elif item.step is GoLiveStep.NAMES and item.state is StepState.UNTRIED:
        more = "It is known after the first import"
    return title, more, where, link
