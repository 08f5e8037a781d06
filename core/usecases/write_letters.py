"""Write letters: about problems that need a person and about their end, reports, and results of runs."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final

from core.actor import SYSTEM, Actor
from core.letter import TOLD_BY_LETTER, LetterKind, NewLetter, News
from core.ports.clock import Clock
from core.ports.letters import Letters
from core.ports.unit_of_work import UnitsOfWork

LASTING: Final = timedelta(minutes=2)  # what is over sooner is worth nobody's morning
AT_ONCE: Final = 1_000
REPORTS_OF: Final = timedelta(days=2)  # older ones are no news
KEPT: Final = timedelta(days=30)


class WriteLetters:
    """Puts letters on their way; sending them is `SendLetters`. Any number of schedulers may do this."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, actor: Actor) -> int:
        """Return how many letters were written. What one letter can tell is one letter a recipient."""
        actor.must_be_system()
        with self._units_of_work(SYSTEM) as uow:
            letters = uow.letters
            if not letters.begin_writing():
                return 0
            untold = letters.untold(TOLD_BY_LETTER, LASTING, AT_ONCE)
            number = _together(letters, LetterKind.PROBLEMS, untold)
            number += _together(letters, LetterKind.RECOVERED, letters.recovered(AT_ONCE))
            since = (self._clock.now() - REPORTS_OF).date()
            others = [*letters.unwritten_reports(since, AT_ONCE), *letters.ended_runs(AT_ONCE)]
            number += sum(letters.write(letter) for letter in others)
            letters.forget(KEPT, AT_ONCE)
            uow.commit()
        return number


def _together(letters: Letters, kind: LetterKind, news: Sequence[News]) -> int:
    """Write one letter a firm and address, whatever the number of its issues."""

    def whose(item: News) -> tuple[str, str]:
        return item.firm_id, item.address

    number = 0
    for (firm_id, address), items in groupby(sorted(news, key=whose), whose):
        told = list(items)
        key = str(max(item.issue_id for item in told))
        number += letters.write(NewLetter(firm_id, address, kind, key), told)
    return number
