"""What cases read from SmartAdvocate come to: decided by the rules, stored with all that follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.announcement import Announcement
from core.case import Case, Outcome, SkipReason, SourceCase, UnreadableCase
from core.changes import Change, FieldChange
from core.errors import CasebridgeError
from core.firm import Firm
from core.foreign import is_an_end, unexpected
from core.issue import IssueKind
from core.mapping import Mapped, PhoneNormaliser, client_name, map_case
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork
from core.problem import CaseProblem
from core.reason import Reason
from core.run import CaseResult
from core.schedule import JobName


@dataclass(frozen=True, slots=True)
class VanishedCase:
    """A case that SmartAdvocate no longer shows: deleted, merged, or hidden from the connected account."""

    integration_id: str
    reason: SkipReason = SkipReason.NOT_FOUND


ReadCase = SourceCase | UnreadableCase | VanishedCase


@dataclass(slots=True)
class Decided:
    """What a batch of cases comes to, to be stored in one transaction."""

    saved: list[Case] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    results: list[CaseResult] = field(default_factory=list)
    changes: list[FieldChange] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    problems: list[CaseProblem] = field(default_factory=list)
    vanished: dict[str, str] = field(default_factory=dict)  # integration id -> case number

    def add(self, other: "Decided") -> None:
        """Take over what another batch, without vanished cases, comes to."""
        self.saved += other.saved
        self.imported += other.imported
        self.results += other.results
        self.changes += other.changes
        self.announcements += other.announcements
        self.tried += other.tried
        self.problems += other.problems


class StoreCases:
    """Decides and stores within a transaction of its caller's, who has locked the firm's cases.

    A new case is imported only where `may_import` says so; others that are not stored are passed over.
    """

    def __init__(self, normalise_phone: PhoneNormaliser, clock: Clock) -> None:
        self._normalise_phone = normalise_phone
        self._clock = clock

    def decide(
        self, uow: UnitOfWork, firm: Firm, cases: Iterable[ReadCase], *, may_import: bool = True
    ) -> Decided:
        """Return what is to be stored and announced. Of a case that comes twice the later counts."""
        decided = Decided()
        latest = {case.integration_id: case for case in cases}
        known = uow.cases.get(firm.firm_id, list(latest))
        for case in latest.values():
            old = known.get(case.integration_id)
            if isinstance(case, SourceCase):
                if old is not None or may_import:
                    self._decide_alone(decided, firm, case, old)
            else:
                _set_aside(decided, case, old)
        return decided

    def store(self, uow: UnitOfWork, firm: Firm, run_id: int, decided: Decided) -> None:
        """Store everything but the result rows, which are the run's."""
        if decided.saved:
            uow.cases.save(firm.firm_id, decided.saved)
        if decided.changes:
            uow.cases.record_changes(firm.firm_id, run_id, decided.changes)
        if decided.tried:
            cured = uow.problems.settle(
                firm.firm_id, run_id, firm.settings_version, decided.tried, decided.problems
            )
            for integration_id, reason in cured.items():
                if reason is SkipReason.NOT_FOUND:
                    uow.issues.resolve(firm.firm_id, IssueKind.CASE_VANISHED, integration_id)
        for integration_id, number in decided.vanished.items():
            uow.issues.open(
                firm.firm_id, IssueKind.CASE_VANISHED, integration_id, _vanished(integration_id, number)
            )
        if decided.imported and uow.deliveries.release_holds(
            firm.firm_id, [Reason.CASE_NOT_IMPORTED], decided.imported
        ):
            uow.jobs.enqueue(JobName.SYNC_MESSAGES, [firm.firm_id])
        uow.outbox.announce(decided.announcements)

    def _decide_alone(self, decided: Decided, firm: Firm, case: SourceCase, old: Case | None) -> None:
        """Decide one case; a defect that one case meets is a problem of this one."""
        one = Decided()
        try:
            self._decide(one, firm, case, old)
        except CasebridgeError:
            raise  # of a setting, for example: it is about all cases of the firm
        except BaseException as error:  # one case's defect holds up no other case
            if is_an_end(error):
                raise
            told = str(unexpected(error, "the mapping"))
            _set_aside(decided, UnreadableCase(case.integration_id, told, case.modified_at), old)
        else:
            decided.add(one)

    def _decide(self, decided: Decided, firm: Firm, case: SourceCase, old: Case | None) -> None:
        if old is not None and not case.complete:  # a summary of what is stored, unchanged
            unchanged = CaseResult(case.integration_id, Outcome.UNCHANGED, old.readable_id)
            decided.results.append(unchanged)
            return
        mapped = map_case(case, firm, old, self._normalise_phone, self._clock.now())
        decided.tried.append(case.integration_id)
        if mapped.reason is not None:
            decided.problems.append(_problem(case, mapped, is_known=old is not None))
        if mapped.case is None:
            decided.results.append(
                CaseResult(
                    case.integration_id,
                    Outcome.SKIPPED,
                    case.case_number,
                    skip=mapped.reason,
                    client=client_name(case),
                    detail=mapped.label,
                )
            )
            return
        change = Change(firm.firm_id, old, mapped.case)
        decided.results.append(
            CaseResult(
                case.integration_id,
                change.outcome,
                mapped.case.readable_id,
                changed=change.changed,
                detail=mapped.label or mapped.note,
            )
        )
        if old is None:
            decided.imported.append(case.integration_id)
        if change.needs_saving:
            decided.saved.append(mapped.case)
        decided.changes += change.fields()
        decided.announcements += change.announcements()


def _set_aside(decided: Decided, case: UnreadableCase | VanishedCase, old: Case | None) -> None:
    """Note a case that cannot be read, or is not there: nothing of it is stored or changed."""
    number = old.readable_id if old else ""
    if isinstance(case, UnreadableCase):
        reason, modified_at, detail = SkipReason.UNREADABLE, case.modified_at, case.problem
    else:
        reason, modified_at, detail = case.reason, None, ""
    result = CaseResult(case.integration_id, Outcome.SKIPPED, number, skip=reason, detail=detail)
    decided.results.append(result)
    if not case.integration_id:
        return  # a row without an id cannot be asked for again
    decided.tried.append(case.integration_id)
    if old is not None or reason is not SkipReason.NOT_FOUND:
        decided.problems.append(
            CaseProblem(
                case.integration_id,
                reason,
                skipped=old is None,
                readable_id=number,
                modified_at=modified_at,
            )
        )
    if old is not None and reason is SkipReason.NOT_FOUND:
        decided.vanished[case.integration_id] = number


def _problem(case: SourceCase, mapped: Mapped, *, is_known: bool) -> CaseProblem:
    assert mapped.reason is not None  # noqa: S101 - the caller's condition; for the type checker
    return CaseProblem(
        case.integration_id,
        mapped.reason,
        skipped=not is_known,
        readable_id=case.case_number,
        client=client_name(case),
        scope=mapped.scope,
        name=mapped.name,
        modified_at=case.modified_at,
    )


def _vanished(integration_id: str, number: str) -> str:
    return (
        f"case {number} (integration id {integration_id}) is no longer shown by SmartAdvocate: deleted, "
        "merged, or hidden from the connected account. It stays in Case Status as it is"
    )
