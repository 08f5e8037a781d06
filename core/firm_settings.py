"""The plain settings of a firm: what each takes, in words, and how it is read from text."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.errors import ConfigurationError
from core.firm import SyncMode

MAX_PAGE_SIZE: Final = 5_000  # rows; the largest that client code asks for (API sheet, section 4)
MAX_CONCURRENCY: Final = 16
MAX_REQUESTS_PER_SECOND: Final = 100
MAX_NAME: Final = 200  # characters
MAX_KEEP_TEXT_DAYS: Final = 3_650

_YES_NO: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: what it is, what it takes, and `read`, which turns text into its value or None."""

    what: str
    takes: str
    read: Callable[[str], Any]
    unset: str = ""  # the word by which it is set to nothing


def _one_of(values: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda text: values.get(text.lower())


def _whole(lowest: int, highest: int) -> Callable[[str], Any]:
    def read(text: str) -> int | None:
        number = int(text) if re.fullmatch(r"\d{1,9}", text) else -1
        return number if lowest <= number <= highest else None

    return read


def _rate(text: str) -> float | None:
    number = float(text) if re.fullmatch(r"\d{1,3}(\.\d{1,3})?", text) else -1.0
    return number if 0 <= number <= MAX_REQUESTS_PER_SECOND else None


def _zone(text: str) -> str | None:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return None
    return text


def _words(text: str) -> str | None:
    return text if text and len(text) <= MAX_NAME and text.isprintable() else None


def _country(text: str) -> str | None:
    return text.upper() if re.fullmatch(r"[A-Za-z]{2}", text) else None


def yes_or_no(what: str) -> Setting:
    """Return a setting that is on or off."""
    return Setting(what, "yes or no", _one_of(_YES_NO))


SETTINGS: Final[dict[str, Setting]] = {
    "name": Setting("the firm's name", f"1 to {MAX_NAME} characters", _words),
    "sync_mode": Setting(
        "which cases come over",
        "'all', or 'individually': only those imported one by one",
        _one_of({mode.value: mode for mode in SyncMode}),
    ),
    "nightly_sync": yes_or_no("whether cases are synced every night"),
    "immediate": yes_or_no("whether messages go out as soon as they come in"),
    "time_zone": Setting("the time zone of times in notes", "an IANA name such as America/New_York", _zone),
    "country": Setting(
        "where phone numbers without a country code are", "two letters of ISO 3166, such as US", _country
    ),
    "search_rows_complete": yes_or_no("whether SmartAdvocate's case search returns whole cases"),
    "page_size": Setting(
        "cases a search asks for at a time", f"1 to {MAX_PAGE_SIZE}", _whole(1, MAX_PAGE_SIZE)
    ),
    "concurrency": Setting(
        "jobs that may call SmartAdvocate at a time", f"1 to {MAX_CONCURRENCY}", _whole(1, MAX_CONCURRENCY)
    ),
    "requests_per_second": Setting(
        "how often SmartAdvocate may be asked, by all jobs together",
        f"0 to {MAX_REQUESTS_PER_SECOND}, such as 5 or 0.5; 0: no limit",
        _rate,
    ),
    "two_way": yes_or_no("whether notes that staff share with a client become messages"),
    "shared_note_type": Setting(
        "the type of notes that staff share with a client", "a note type's exact name", _words
    ),
    "inbound_note_type": Setting(
        "the type of notes of clients' messages",
        "a note type's exact name, or 'default' to leave it to SmartAdvocate",
        _words,
        unset="default",
    ),
    "outbound_note_type": Setting(
        "the type of notes of messages to clients",
        "a note type's exact name, or 'default' to leave it to SmartAdvocate",
        _words,
        unset="default",
    ),
    "document_category": Setting(
        "the category of uploaded documents", "a document category's exact name", _words
    ),
    "keep_text_days": Setting(
        "days after delivery for which message text is kept",
        f"1 to {MAX_KEEP_TEXT_DAYS}, or 'default' for the deployment's",
        _whole(1, MAX_KEEP_TEXT_DAYS),
        unset="default",
    ),
}


def read_settings(pairs: Mapping[str, str]) -> dict[str, Any]:
    """Read settings from text. Raises ConfigurationError naming the setting, the value and what it takes."""
    values: dict[str, Any] = {}
    for name, text in pairs.items():
        setting = SETTINGS.get(name)
        if setting is None:
            raise ConfigurationError(
                f"{name!r} is no setting of a firm; those are {', '.join(SETTINGS)}",
                asked=name,
                known=SETTINGS,
            )
        if setting.unset and text.strip().lower() == setting.unset:
            values[name] = None
            continue
        value = setting.read(text.strip())
        if value is None:
            raise ConfigurationError(f"{name}: {text!r} will not do; it takes {setting.takes}")
        values[name] = value
    return values
