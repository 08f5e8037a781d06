"""Leave an issue out of lists until a date, or show it again; it is counted and resolved as before."""

from datetime import datetime

from core.actor import GOES_ON, Actor
from core.audit import AuditAction
from core.errors import UnknownThingError
from core.issue import IssueKind
from core.ports.unit_of_work import UnitsOfWork
from core.thing import Thing
from core.usecases.steps.known_firm import must_be_known
from core.usecases.steps.open_issue import must_be_open


class MuteIssue:
    """Mutes one issue of a firm, or all of a kind, those too that are still to come.

    Raises NotAllowedError, UnknownFirmError.
    """

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm_id: str, kind: IssueKind, key: str | None, until: datetime) -> None:
        """Mute until then (UTC); without `key` all of the kind. Raises UnknownThingError for no open one."""
        actor.must(GOES_ON, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            if key is not None:
                must_be_open(uow, firm_id, kind, key)
            uow.issues.mute(firm_id, kind, key, until)
            detail = {"kind": kind, "key": key, "until": until.isoformat()}
            uow.audit.record(actor, firm_id, AuditAction.ISSUE_MUTED, detail)
            uow.commit()

    def unmute(self, actor: Actor, firm_id: str, kind: IssueKind, key: str | None) -> None:
        """Show it again; without `key` all of the kind. Raises UnknownThingError for nothing muted."""
        actor.must(GOES_ON, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            muted = uow.issues.muted(firm_id, kind)
            if not muted or key not in (None, *muted):
                raise _not_muted(firm_id, kind, key, muted)
            uow.issues.unmute(firm_id, kind, key)
            uow.audit.record(actor, firm_id, AuditAction.ISSUE_UNMUTED, {"kind": kind, "key": key})
            uow.commit()


def _not_muted(firm_id: str, kind: IssueKind, key: str | None, muted: list[str | None]) -> UnknownThingError:
    if key is not None and None in muted:
        return UnknownThingError(
            f"firm {firm_id!r}: {key!r} is muted with all of {kind}, not by itself",
            firm_id=firm_id,
            thing=Thing.MUTED_ISSUE,
        )
    keys = [name for name in muted if name is not None]
    what = f"{kind} {key!r}" if key is not None else kind.value
    return UnknownThingError(
        f"firm {firm_id!r} has nothing muted as {what}",
        firm_id=firm_id,
        asked=key,
        known=keys,
        thing=Thing.MUTED_ISSUE,
    )
