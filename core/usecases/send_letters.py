"""Send letters that are due, each until a mail server has taken it, or for two days."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.errors import CasebridgeError, ErrorClass, NeedsPersonError
from core.foreign import is_an_end, unexpected
from core.letter import Content, Letter, LetterKind, next_try
from core.ports.mail import Mail
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.results import csv_lines, left_out_line, not_listed, report_lines
from core.run import CaseResult

AT_ONCE: Final = 10
# Longer than a slow server takes for all letters of a turn. A process that dies leaves them for so long.
CLAIMED_FOR: Final = timedelta(minutes=10)
# What mail servers take: 10 MB is usual, and a file grows by a third on its way.
MOST_ATTACHED: Final = 6 * 1024 * 1024
"""Bytes: about 60,000 cases. A larger file says how many are left out, and so does the letter."""
_PIECE: Final = 5_000  # rows


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
        except BaseException as error:  # one letter's defect holds up no other letter
            if is_an_end(error):
                raise
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
                table, left_out = list(report_lines(report)), not_listed(report)
                return Content(name, report=report, table=table, left_out=left_out)
            if letter.kind is LetterKind.RUN_RESULT:
                return self._result(uow, name, int(letter.key))
            return Content(name, issues=uow.letters.issues_of(letter))

    def _result(self, uow: UnitOfWork, name: str, run_id: int) -> Content:
        # Mail lies about in many places: it names cases by their numbers, the pages name clients.
        lines = csv_lines(replace(result, client="") for result in _results(uow, run_id))
        run, counts = uow.runs.get(run_id), uow.runs.counts(run_id)
        table, left_out = list[str](), 0
        size = 0
        for line in lines:
            size += len(line.encode())
            if size > MOST_ATTACHED:
                whole = sum(number for outcome, number in counts.items() if ":" not in outcome)
                left_out = max(1, whole - (len(table) - 1))  # the first line names the columns
                table.append(left_out_line(left_out))
                break
            table.append(line)
        return Content(name, run=run, counts=counts, table=table, left_out=left_out)


def _results(uow: UnitOfWork, run_id: int) -> Iterator[CaseResult]:
    after: str | None = None
    while piece := uow.runs.results(run_id, after=after, limit=_PIECE):
        yield from piece
        after = piece[-1].integration_id
