"""Close an issue that nothing but a person can call dealt with."""

from core.actor import GOES_ON, Actor
from core.audit import AuditAction
from core.errors import EndsByItselfError
from core.issue import CLOSED_BY_A_PERSON, IssueKind
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.known_firm import must_be_known
from core.usecases.steps.open_issue import must_be_open


class CloseIssue:
    """Closes one issue of a firm. What it tells of again opens it anew."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm_id: str, kind: IssueKind, key: str) -> None:
        """Close it.

        Raises NotAllowedError, UnknownFirmError, UnknownThingError for no open one, and EndsByItselfError
        for a kind that is over only when what it tells of is over: it can be muted.
        """
        actor.must(GOES_ON, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            if kind not in CLOSED_BY_A_PERSON:
                raise EndsByItselfError(
                    f"firm {firm_id!r}: {kind} is over when what it tells of is over", firm_id=firm_id
                )
            must_be_open(uow, firm_id, kind, key)
            uow.issues.resolve(firm_id, kind, key)
            uow.audit.record(actor, firm_id, AuditAction.ISSUE_CLOSED, {"kind": kind, "key": key})
            uow.commit()
