"""Port: letters to people, who gets them, and what they have been told."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol

from core.actor import Reach
from core.issue import Issue, IssueKind
from core.letter import Letter, LetterKind, NewLetter, News, Recipient


class Letters(Protocol):
    """Recipients are one a firm and address, letters one a firm, address, kind and key."""

    def recipients(self, firms: Reach) -> Sequence[Recipient]:
        """Return who gets letters of these firms, by firm and address."""
        ...

    def save_recipient(self, recipient: Recipient) -> None:
        """Add somebody, or change what they get. `trouble` is not changed by this."""
        ...

    def remove_recipient(self, firm_id: str, address: str) -> bool:
        """Take somebody off the list, with letters that were not sent yet. False if they were not on it."""
        ...

    def begin_writing(self) -> bool:
        """Take the right to write letters, until the transaction ends. False while another has it."""
        ...

    def untold(self, kinds: Sequence[IssueKind], lasting: timedelta, limit: int) -> Sequence[News]:
        """Return open issues of these kinds that have lasted so long, and whom they have not been told to.

        Muted ones are left out. Oldest first.
        """
        ...

    def recovered(self, limit: int) -> Sequence[News]:
        """Return issues that are over, and who was told that they came up and not yet that they are over."""
        ...

    def unwritten_reports(self, since: date, limit: int) -> Sequence[NewLetter]:
        """Return letters to be about exception reports, with cases, of that day (UTC) and later."""
        ...

    def ended_runs(self, limit: int) -> Sequence[NewLetter]:
        """Return letters to be about runs that have ended, of which somebody wanted to know the result."""
        ...

    def tell_when_ended(self, run_id: int, firm_id: str, address: str) -> None:
        """Note that somebody wants to know what the run comes to."""
        ...

    def write(self, letter: NewLetter, news: Sequence[News] = ()) -> bool:
        """Put the letter on its way, and note what it tells of. False, and no letter, if there was one."""
        ...

    def claim(self, limit: int, for_: timedelta) -> Sequence[Letter]:
        """Take letters that are due: nobody else gets them for so long. Oldest first."""
        ...

    def issues_of(self, letter: Letter) -> Sequence[Issue]:
        """Return the issues that the letter tells of, whether open or over, oldest first."""
        ...

    def sent(self, letter: Letter) -> None:
        """Note that the letter was handed over: its recipient's trouble is over."""
        ...

    def put_off(self, letter: Letter, by: timedelta, trouble: str) -> None:
        """Let the letter be due again after that time."""
        ...

    def give_up(self, letter: Letter, trouble: str) -> None:
        """Send the letter no more; its recipient shows why."""
        ...

    def forget(self, after: timedelta, limit: int) -> int:
        """Remove up to `limit` letters that ended longer ago than that. Their number.

        What open issues were told to whom stays known.
        """
        ...

    def unsent(self, kind: LetterKind | None = None) -> int:
        """Return how many letters are on their way."""
        ...
