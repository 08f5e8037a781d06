"""Letters to people in Postgres."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import short
from core.actor import Reach
from core.issue import Issue, IssueKind
from core.letter import Letter, LetterKind, NewLetter, News, Recipient
from core.move import NOT_AT_WORK
from core.ports.letters import Letters
from core.run import RunState

_SQL: Final = Statements.beside(__file__)
_WRITING: Final = 0x6C657474657273  # "letters": an advisory lock's key


class PostgresLetters(Letters):
    """See `core.ports.letters.Letters`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def recipients(self, firms: Reach) -> Sequence[Recipient]:
        rows = self._session.rows(_SQL["recipients"], {"firms": firms_of(firms)})
        return [Recipient(*row) for row in rows]

    def save_recipient(self, recipient: Recipient) -> None:
        new = {
            "firm_id": recipient.firm_id,
            "address": recipient.address,
            "problems": recipient.problems,
            "exceptions": recipient.exceptions,
        }
        self._session.run(_SQL["save_recipient"], new)

    def remove_recipient(self, firm_id: str, address: str) -> bool:
        asked = {"firm_id": firm_id, "address": address, "run_result": LetterKind.RUN_RESULT.value}
        return self._session.run(_SQL["remove_recipient"], asked) > 0

    def begin_writing(self) -> bool:
        [[is_ours]] = self._session.rows(_SQL["begin_writing"], {"key": _WRITING})
        return bool(is_ours)

    def untold(self, kinds: Sequence[IssueKind], lasting: timedelta, limit: int) -> Sequence[News]:
        asked = {"kinds": [kind.value for kind in kinds], "lasting": lasting, "limit": limit}
        return [News(*row) for row in self._session.rows(_SQL["untold"], asked)]

    def recovered(self, limit: int) -> Sequence[News]:
        return [News(*row) for row in self._session.rows(_SQL["recovered"], {"limit": limit})]

    def unwritten_reports(self, since: date, limit: int) -> Sequence[NewLetter]:
        asked = {"since": since, "limit": limit, "kind": LetterKind.EXCEPTIONS.value}
        rows = self._session.rows(_SQL["unwritten_reports"], asked)
        return [NewLetter(firm_id, address, LetterKind.EXCEPTIONS, day) for firm_id, address, day in rows]

    def ended_runs(self, limit: int) -> Sequence[NewLetter]:
        asked = {"waiting": RunState.WAITING.value, "limit": limit}
        rows = self._session.rows(_SQL["ended_runs"], asked)
        return [NewLetter(firm_id, address, LetterKind.RUN_RESULT, run) for firm_id, address, run in rows]

    def tell_when_ended(self, run_id: int, firm_id: str, address: str) -> None:
        new = {"run_id": run_id, "firm_id": firm_id, "address": address}
        self._session.run(_SQL["tell_when_ended"], new)

    def write(self, letter: NewLetter, news: Sequence[News] = ()) -> bool:
        whose = {"firm_id": letter.firm_id, "address": letter.address}
        row = self._session.row(_SQL["write"], {**whose, "kind": letter.kind.value, "key": letter.key})
        if row is None:
            return False
        if news:
            told = {**whose, "letter_id": row[0], "issues": [item.issue_id for item in news]}
            is_over = letter.kind is LetterKind.RECOVERED
            self._session.run(_SQL["tell_of_end" if is_over else "tell_of"], told)
        return True

    def claim(self, limit: int, for_: timedelta) -> Sequence[Letter]:
        rows = self._session.rows(_SQL["claim"], {"limit": limit, "for": for_, "moving": sorted(NOT_AT_WORK)})
        letters = [
            Letter(letter_id, firm_id, address, LetterKind(kind), key, tries, age)
            for letter_id, firm_id, address, kind, key, tries, age in rows
        ]
        return sorted(letters, key=lambda letter: letter.letter_id)

    def issues_of(self, letter: Letter) -> Sequence[Issue]:
        rows = self._session.rows(_SQL["issues_of"], {"letter_id": letter.letter_id})
        return [Issue(*row) for row in rows]

    def sent(self, letter: Letter) -> None:
        self._session.run(_SQL["ended"], {"letter_id": letter.letter_id, "trouble": None})

    def put_off(self, letter: Letter, by: timedelta, trouble: str) -> None:
        asked = {"letter_id": letter.letter_id, "by": by, "trouble": short(trouble)}
        self._session.run(_SQL["put_off"], asked)

    def give_up(self, letter: Letter, trouble: str) -> None:
        self._session.run(_SQL["ended"], {"letter_id": letter.letter_id, "trouble": short(trouble)})

    def forget(self, after: timedelta, limit: int) -> int:
        return self._session.run(_SQL["forget"], {"after": after, "limit": limit})

    def unsent(self, kind: LetterKind | None = None) -> int:
        [[number]] = self._session.rows(_SQL["unsent"], {"kind": kind.value if kind else None})
        return int(number)
