"""Leave an issue out of lists until a date; it is counted and resolved as before."""

from datetime import datetime

from core.actor import Actor, Power
from core.audit import AuditAction
from core.issue import IssueKind
from core.ports.unit_of_work import UnitsOfWork


class MuteIssue:
    """Mutes one issue of a firm, or all of a kind."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm_id: str, kind: IssueKind, key: str | None, until: datetime) -> None:
        """Mute until then (UTC); without `key` all of the kind. Raises NotAllowedError."""
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            uow.issues.mute(firm_id, kind, key, until)
            detail = {"kind": kind, "key": key, "until": until.isoformat()}
            uow.audit.record(actor, firm_id, AuditAction.ISSUE_MUTED, detail)
            uow.commit()
