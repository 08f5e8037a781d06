"""What pages show of a firm, in Postgres."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.case import Outcome, SkipReason
from core.delivery import DeliveryState
from core.event import EventKind
from core.firm_view import CaseFilter, CaseLine, ProblemGroup, Seen, Waiting
from core.ports.views import Views
from core.problem import CaseProblem
from core.reason import Reason
from core.run import CaseResult
from core.storable import storable

_SQL: Final = Statements.beside(__file__)
_STATES: Final = {state.value: state.value for state in DeliveryState}
_WANTED: Final = "/* wanted */"


class PostgresViews(Views):
    """See `core.ports.views.Views`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def problem_groups(self, firm_id: str, limit: int) -> Sequence[ProblemGroup]:
        rows = self._session.rows(_SQL["problem_groups"], {"firm_id": firm_id, "limit": limit})
        return [ProblemGroup(SkipReason(reason), *others) for reason, *others in rows]

    def waiting(self, firm_id: str) -> Sequence[Waiting]:
        return [
            Waiting(
                EventKind(kind), DeliveryState(state), Reason.of(reason) if reason else None, number, since
            )
            for kind, state, reason, number, since in self._session.rows(
                _SQL["waiting"], {"firm_id": firm_id, **_STATES}
            )
        ]

    def called(self, firm_id: str, words: str, limit: int) -> Sequence[str]:
        words = storable(words.strip())
        first, _, last = words.rpartition(" ")
        asked = {
            "firm_id": firm_id,
            "words": words,
            "first": _literal(first.strip()) + "%",
            "last": last,
            "limit": limit,
        }
        return [case_id for (case_id,) in self._session.rows(_SQL["called"], asked)]

    def cases(
        self,
        firm_id: str,
        wanted: CaseFilter,
        before: tuple[str, str] | None,
        limit: int,
        called: Sequence[str] = (),
    ) -> Sequence[CaseLine]:
        statement = _SQL["cases_by_words" if storable(wanted.words).strip() else "cases"]
        statement, parameters = statement_of_cases(statement, firm_id, wanted, before, called)
        return [CaseLine(*row) for row in self._session.rows(statement, {**parameters, "limit": limit})]

    def count_cases(self, firm_id: str, wanted: CaseFilter, most: int, called: Sequence[str] = ()) -> int:
        statement = _SQL["count_cases_by_words" if storable(wanted.words).strip() else "count_cases"]
        statement, parameters = statement_of_cases(statement, firm_id, wanted, None, called)
        [[number]] = self._session.rows(statement, {**parameters, "limit": most})
        return int(number)

    def problems_called(self, firm_id: str, words: str, limit: int) -> Sequence[CaseProblem]:
        asked = {"firm_id": firm_id, "words": storable(words), "limit": limit}
        return [
            CaseProblem(case_id, SkipReason(reason), *others)
            for case_id, reason, *others in self._session.rows(_SQL["problems_called"], asked)
        ]

    def last_seen(self, firm_id: str, integration_id: str) -> Seen | None:
        asked = {"firm_id": firm_id, "integration_id": storable(integration_id)}
        row = self._session.row(_SQL["last_seen"], asked)
        if row is None:
            return None
        run_id, at, outcome, skip, detail = row
        return Seen(run_id, at, Outcome(outcome), SkipReason(skip) if skip else None, detail)

    def results(
        self, run_id: int, outcome: Outcome | None, skip: SkipReason | None, after: str | None, limit: int
    ) -> Sequence[CaseResult]:
        asked = {
            "run_id": run_id,
            "outcome": outcome and outcome.value,
            "skip": skip and skip.value,
            "after": storable(after or ""),
            "limit": limit,
        }
        return [
            CaseResult(
                case_id,
                Outcome(done),
                number,
                SkipReason(why) if why is not None else None,
                tuple(changed),
                client,
                detail,
            )
            for case_id, done, number, why, changed, client, detail in self._session.rows(
                _SQL["results"], asked
            )
        ]


def statement_of_cases(
    statement: LiteralString,
    firm_id: str,
    wanted: CaseFilter,
    before: tuple[str, str] | None,
    called: Sequence[str] = (),
) -> tuple[LiteralString, dict[str, Any]]:
    """Return the statement for what is wanted, and its parameters; `called` are cases whose clients match."""
    words = storable(wanted.words.strip())
    number, integration_id = before or ("", "")
    parameters: dict[str, Any] = {
        "firm_id": firm_id,
        "words": words,
        "called": [words, *called],
        "practice_area": wanted.practice_area and storable(wanted.practice_area),
        "stage": wanted.stage and storable(wanted.stage),
        "closed": wanted.closed,
        "number": storable(number),
        "id": storable(integration_id),
    }
    asked_for: tuple[tuple[LiteralString, bool], ...] = (
        ("before", before is not None),
        ("practice_area", bool(wanted.practice_area)),
        ("stage", bool(wanted.stage)),
        ("closed", wanted.closed is not None),
    )
    conditions: LiteralString = ""
    for name, is_asked_for in asked_for:
        if is_asked_for:
            conditions += " and " + _SQL[f"cases_where_{name}"]
    return statement.replace(_WANTED, conditions), parameters


def _literal(text: str) -> str:
    """Return the text with what `like` gives a meaning taken as it is."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
