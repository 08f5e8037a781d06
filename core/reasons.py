"""Why a case did not come over, in words for the firm, and what to do about it."""

from typing import Final

from core.case import SkipReason

_WORDS: Final[dict[SkipReason, tuple[str, str]]] = {
    SkipReason.NO_LEAD_ATTORNEY: (
        "no lead attorney",
        "put somebody in the lead attorney's role in SmartAdvocate, or map another role",
    ),
    SkipReason.NO_CLIENT: ("no client", "add a plaintiff to the case in SmartAdvocate"),
    SkipReason.NO_VALID_PHONE: (
        "no valid cell phone",
        "give the main plaintiff a valid phone number in SmartAdvocate: clients log in with it",
    ),
    SkipReason.NO_CLIENT_NAME: (
        "missing first or last name",
        "complete the main plaintiff's name in SmartAdvocate",
    ),
    SkipReason.NO_READABLE_ID: ("no case number", "give the case a number in SmartAdvocate"),
    SkipReason.PRACTICE_AREA_UNMAPPED: (
        "practice area unmapped",
        "map the case type to a practice area, exactly as SmartAdvocate spells it",
    ),
    SkipReason.STAGE_UNMAPPED: (
        "stage unmapped in its practice area",
        "map the status to a stage, exactly as SmartAdvocate spells it",
    ),
    SkipReason.REQUIRED_FIELD_MISSING: (
        "a field the firm requires is empty",
        "fill it in in SmartAdvocate, or make it optional in the field mapping",
    ),
    SkipReason.UNREADABLE: (
        "SmartAdvocate's answer cannot be read",
        "look at the case in SmartAdvocate; if it looks right there, tell support the reason shown",
    ),
    SkipReason.NOT_FOUND: (
        "integration id not found",
        "the case was deleted, merged, or is hidden from the connected account",
    ),
    SkipReason.PERMISSION_MISSING: (
        "permission missing",
        "ask the SmartAdvocate administrator to let the connected account see the case",
    ),
}
assert _WORDS.keys() == set(SkipReason)  # noqa: S101 - a reason without words would fail a report


def in_words(reason: SkipReason, detail: str = "") -> str:
    """Return what happened, with what it is about: `stage unmapped in its practice area: Auto / Waiting`."""
    words = _WORDS[reason][0]
    return f"{words}: {detail}" if detail else words


def next_step(reason: SkipReason) -> str:
    """Return what a person can do."""
    return _WORDS[reason][1]
