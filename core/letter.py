"""Letters: what casebridge writes to people by e-mail.

Once when a problem comes up that needs a person, once when it is over; the day's exception report to who
asked for it; and to who started a run by hand, its result.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from core.errors import PermanentError
from core.issue import Issue, IssueKind
from core.reason import Reason
from core.run import Run


class LetterKind(StrEnum):
    """What a letter is about."""

    PROBLEMS = "problems"  # that came up
    RECOVERED = "recovered"  # problems told of before that are over
    EXCEPTIONS = "exceptions"  # the daily report of cases that did not sync
    RUN_RESULT = "run-result"  # to who started the run
    TRIAL = "trial"  # whether letters arrive at all


# What a firm notices only when a client asks: all of these wait for somebody.
TOLD_BY_LETTER: Final = (
    IssueKind.CONNECTION_LOST,
    IssueKind.ACCOUNT_RIGHT_MISSING,
    IssueKind.SYNC_FAILED,
    IssueKind.SYNC_INCOMPLETE,
    IssueKind.PRACTICE_AREA_UNMAPPED,
    IssueKind.STAGE_UNMAPPED,
    IssueKind.CASE_VANISHED,
    IssueKind.DELIVERY_HELD,
    IssueKind.DELIVERY_FAILED,
    IssueKind.NOTE_TYPE_UNKNOWN,
    IssueKind.DOCUMENT_CATEGORY_UNKNOWN,
    IssueKind.SHARED_NOTES_UNREAD,
    IssueKind.SHARED_NOTE_UNREADABLE,
    IssueKind.WRITTEN_TWICE,
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody at the firm who gets letters: about problems, the daily exception report, or both.

    `trouble` says why the last letter could not be delivered, None where it could.
    """

    firm_id: str
    address: str
    problems: bool = True
    exceptions: bool = False
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """An issue that somebody has not been told of yet, or not that it is over."""

    issue_id: int
    firm_id: str
    address: str


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter to be. `key` is what it is about within its kind: nobody gets two of one kind and key."""

    firm_id: str
    address: str
    kind: LetterKind
    key: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that is on its way. `tries` counts attempts to hand it over, this one included.

    `age` is how long it has waited.
    """

    letter_id: int
    firm_id: str
    address: str
    kind: LetterKind
    key: str
    tries: int
    age: timedelta

    def __repr__(self) -> str:
        return f"Letter({self.letter_id}, firm={self.firm_id!r}, {self.kind})"  # addresses are people's


@dataclass(frozen=True, slots=True)
class Content:
    """What a letter tells, read when it is sent: `issues`, or the day's `report`, or a `run` with `table`.

    `table` are the lines of a CSV file, in which `left_out` cases are not. `counts` is the run's number of
    cases by outcome.
    """

    firm_name: str
    issues: Sequence[Issue] = ()
    report: Mapping[str, Any] | None = None
    run: Run | None = None
    counts: Mapping[str, int] | None = None
    table: Sequence[str] = ()
    left_out: int = 0


_LONGEST_ADDRESS: Final = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
# One address as people write it: no quoted names, no comments, no line breaks that could begin a header.
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)


def is_mail_address(text: str) -> bool:
    """Tell whether this is one e-mail address, as HTML's `type=email` reads one, with a dot in its domain."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def mail_address(text: str, *, firm_id: str) -> str:
    """Return the address without blanks around it, its domain in small letters. Raises PermanentError."""
    address = text.strip()
    if not is_mail_address(address):
        raise PermanentError(
            f"{address[:60]!r} is no e-mail address", reason=Reason.MAIL_ADDRESS_INVALID, firm_id=firm_id
        )
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)
GIVEN_UP_AFTER: Final = timedelta(days=2)


def next_try(letter: Letter) -> timedelta | None:
    """Return after which pause a letter that a server did not take is tried again; None: it is given up."""
    if letter.age >= GIVEN_UP_AFTER:
        return None
    doubled: int = 2 ** min(letter.tries - 1, 10)
    return min(_FIRST_PAUSE * doubled, _LONGEST_PAUSE)
