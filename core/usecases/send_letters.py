"""Send letters that are due, each until a mail server has taken it, or for two days."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.errors import CasebridgeError, ErrorClass, NeedsPersonError
from core.foreign import unexpected
from core.letter import Content, Letter, LetterKind, next_try
from core.ports.mail import Mail
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.results import csv_lines, report_lines

AT_ONCE: Final = 10
# Longer than a slow server takes for all letters of a turn. A process that dies leaves them for so long.
CLAIMED_FOR: Final = timedelta(minutes=10)
MOST_ROWS: Final = 20_000


class SendLetters:
    """Hands letters over, one after the other. Any number of processes may do this.

    A letter may arrive twice where a process dies between handing it over and noting so: that is better than
    not at all, and mail readers drop the second by its Message-ID.
    """

    def __init__(self, units_of_work: UnitsOfWork, mail: Mail) -> None:
        self._units_of_work = units_of_work
        self._mail = mail

    def __call__(self, actor: Actor) -> int:
        """Return how many letters were tried. Raises NeedsPersonError where the server refuses us."""
        actor.must_be_system()
        with self._units_of_work(SYSTEM) as uow:
            letters = uow.letters.claim(AT_ONCE, CLAIMED_FOR)
            uow.commit()
        errors = [self._send(letter) for letter in letters]
        for error in errors:
            if isinstance(error, NeedsPersonError):
                raise error
        return len(letters)

    def _send(self, letter: Letter) -> CasebridgeError | None:
        try:
            self._mail.send(letter, self._content(letter))
        except CasebridgeError as error:
            failed = error
        except Exception as error:  # noqa: BLE001 - one letter's defect holds up no other letter
            failed = unexpected(error, "the sending of a letter", firm_id=letter.firm_id)
        else:
            with self._units_of_work(SYSTEM) as uow:
                uow.letters.sent(letter)
                uow.commit()
            return None
        pause = None if failed.error_class is ErrorClass.PERMANENT else next_try(letter)
        with self._units_of_work(SYSTEM) as uow:
            if pause is None:
                uow.letters.give_up(letter, str(failed))
            else:
                uow.letters.put_off(letter, pause, str(failed))
            uow.commit()
        return failed

    def _content(self, letter: Letter) -> Content:
        with self._units_of_work(SYSTEM) as uow:
            firm = uow.firms.get(letter.firm_id)
            name = firm.name if firm is not None else letter.firm_id
            if letter.kind is LetterKind.EXCEPTIONS:
                report = uow.reports.exceptions(letter.firm_id, date.fromisoformat(letter.key)) or {}
                return Content(name, report=report, table=list(report_lines(report.get("listed", []))))
            if letter.kind is LetterKind.RUN_RESULT:
                return self._result(uow, name, int(letter.key))
            return Content(name, issues=uow.letters.issues_of(letter))

    def _result(self, uow: UnitOfWork, name: str, run_id: int) -> Content:
        # Mail lies about in many places: it names cases by their numbers, the pages name clients.
        results = (replace(result, client="") for result in uow.runs.results(run_id, limit=MOST_ROWS))
        table = list(csv_lines(results))
        return Content(name, run=uow.runs.get(run_id), counts=uow.runs.counts(run_id), table=table)
