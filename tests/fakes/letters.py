"""Letters in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from core.actor import Reach
from core.issue import Issue, IssueKind
from core.letter import Letter, LetterKind, NewLetter, News, Recipient
from core.move import MoveState
from core.ports.letters import Letters
from core.run import RunState
from tests.fakes.reach import within
from tests.fakes.tables import LetterRow
from tests.fakes.transaction import Transaction


class FakeLetters(Letters):
    """Recipients by (firm, address), letters by number, and what was told by (issue, address)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def recipients(self, firms: Reach) -> Sequence[Recipient]:
        rows = self._transaction.tables.recipients
        return [rows[key] for key in sorted(rows) if within(firms, key[0])]

    def save_recipient(self, recipient: Recipient) -> None:
        rows, key = self._transaction.tables.recipients, (recipient.firm_id, recipient.address)
        rows[key] = replace(recipient, trouble=rows[key].trouble if key in rows else None)

    def remove_recipient(self, firm_id: str, address: str) -> bool:
        letters = self._transaction.tables.letters
        for number, row in list(letters.items()):
            whose = (row.letter.firm_id, row.letter.address) == (firm_id, address)
            if whose and row.due_at is not None and row.letter.kind is not LetterKind.RUN_RESULT:
                del letters[number]
        return self._transaction.tables.recipients.pop((firm_id, address), None) is not None

    def begin_writing(self) -> bool:
        return True  # transactions here wait for each other

    def untold(self, kinds: Sequence[IssueKind], lasting: timedelta, limit: int) -> Sequence[News]:
        tables, now = self._transaction.tables, self._transaction.now()
        found = []
        for key, issue in tables.issues.items():
            number = tables.issue_numbers[key]
            mutes = [tables.mutes.get((issue.firm_id, issue.kind, name)) for name in ("", issue.key)]
            if issue.kind not in kinds or issue.opened_at > now - lasting:
                continue
            if any(until is not None and until > now for until in mutes):
                continue
            found += [
                News(number, issue.firm_id, recipient.address)
                for (firm_id, address), recipient in sorted(tables.recipients.items())
                if firm_id == issue.firm_id and recipient.problems and (number, address) not in tables.told
            ]
        return sorted(found, key=lambda news: (news.issue_id, news.address))[:limit]

    def recovered(self, limit: int) -> Sequence[News]:
        tables = self._transaction.tables
        still_open = {tables.issue_numbers[key] for key in tables.issues}
        return [
            News(number, firm_id, address)
            for (number, address), (firm_id, _, over) in sorted(tables.told.items())
            if over is None and number not in still_open
            if (recipient := tables.recipients.get((firm_id, address))) is not None and recipient.problems
        ][:limit]

    def unwritten_reports(self, since: date, limit: int) -> Sequence[NewLetter]:
        tables = self._transaction.tables
        wanted = [
            NewLetter(firm_id, recipient.address, LetterKind.EXCEPTIONS, day.isoformat())
            for (firm_id, day), document in sorted(
                tables.exception_reports.items(), key=lambda row: row[0][::-1]
            )
            if day >= since and document["cases"]
            for recipient in self.recipients(frozenset({firm_id}))
            if recipient.exceptions
        ]
        written = {row.letter for row in tables.letters.values()}
        return [letter for letter in wanted if letter not in written][:limit]

    def ended_runs(self, limit: int) -> Sequence[NewLetter]:
        tables = self._transaction.tables
        ended = [
            (run_id, address)
            for run_id, address in sorted(tables.wanted_results)
            if run_id in tables.runs and tables.runs[run_id].state is not RunState.WAITING
        ][:limit]
        return [
            NewLetter(tables.wanted_results.pop(key)[0], key[1], LetterKind.RUN_RESULT, str(key[0]))
            for key in ended
        ]

    def tell_when_ended(self, run_id: int, firm_id: str, address: str) -> None:
        self._transaction.tables.wanted_results[run_id, address] = (firm_id,)

    def write(self, letter: NewLetter, news: Sequence[News] = ()) -> bool:
        tables, now = self._transaction.tables, self._transaction.now()
        if letter in {row.letter for row in tables.letters.values()}:
            return False
        number = self._transaction.next_id()
        tables.letters[number] = LetterRow(letter, now, now)
        by_number = {tables.issue_numbers[row]: issue for row, issue in tables.issues.items()}
        for item in news:
            if item.issue_id in by_number:
                tables.told_issues[item.issue_id] = by_number[item.issue_id]
            known = tables.told.get((item.issue_id, item.address))
            if letter.kind is not LetterKind.RECOVERED:
                tables.told[item.issue_id, item.address] = (item.firm_id, number, None)
            elif known is not None:
                tables.told[item.issue_id, item.address] = (*known[:2], number)
        return True

    def claim(self, limit: int, for_: timedelta) -> Sequence[Letter]:
        letters, now = self._transaction.tables.letters, self._transaction.now()
        due = sorted(
            (row.due_at, number)
            for number, row in letters.items()
            if row.due_at is not None and row.due_at <= now and not self._rests(row.firm_id)
        )[:limit]
        for _, number in due:
            letters[number] = replace(letters[number], tries=letters[number].tries + 1, due_at=now + for_)
        return [self._letter(number) for number in sorted(number for _, number in due)]

    def _rests(self, firm_id: str) -> bool:
        move = self._transaction.tables.moves.get(firm_id)
        return move is not None and move.state is not MoveState.HERE

    def issues_of(self, letter: Letter) -> Sequence[Issue]:
        tables = self._transaction.tables
        numbers = sorted({number for (number, _), row in tables.told.items() if letter.letter_id in row[1:]})
        return [tables.told_issues[number] for number in numbers]

    def sent(self, letter: Letter) -> None:
        self._end(letter, None)

    def put_off(self, letter: Letter, by: timedelta, trouble: str) -> None:
        letters, now = self._transaction.tables.letters, self._transaction.now()
        letters[letter.letter_id] = replace(letters[letter.letter_id], due_at=now + by)
        self._trouble(letter, trouble)

    def give_up(self, letter: Letter, trouble: str) -> None:
        self._end(letter, trouble)

    def forget(self, after: timedelta, limit: int) -> int:
        tables, now = self._transaction.tables, self._transaction.now()
        old = [
            n for n, row in tables.letters.items() if row.ended_at is not None and row.ended_at < now - after
        ]
        for number in old[:limit]:
            del tables.letters[number]
            for key in [key for key, row in tables.told.items() if row[2] == number]:
                del tables.told[key]
        return len(old[:limit])

    def unsent(self, kind: LetterKind | None = None) -> int:
        rows = self._transaction.tables.letters.values()
        return sum(row.due_at is not None and kind in (None, row.letter.kind) for row in rows)

    def _letter(self, number: int) -> Letter:
        row = self._transaction.tables.letters[number]
        new, age = row.letter, self._transaction.now() - row.written_at
        return Letter(number, new.firm_id, new.address, new.kind, new.key, row.tries, age)

    def _end(self, letter: Letter, trouble: str | None) -> None:
        letters, now = self._transaction.tables.letters, self._transaction.now()
        letters[letter.letter_id] = replace(letters[letter.letter_id], due_at=None, ended_at=now)
        self._trouble(letter, trouble)

    def _trouble(self, letter: Letter, trouble: str | None) -> None:
        rows, key = self._transaction.tables.recipients, (letter.firm_id, letter.address)
        if key in rows:
            rows[key] = replace(rows[key], trouble=trouble)
