"""An issue that somebody names has to be open."""

from core.errors import UnknownThingError
from core.issue import IssueKind
from core.ports.unit_of_work import UnitOfWork
from core.thing import Thing


def must_be_open(uow: UnitOfWork, firm_id: str, kind: IssueKind, key: str) -> None:
    """Raise UnknownThingError for an issue that the firm has not, muted or not."""
    issues = uow.issues.list_open(frozenset({firm_id}), with_muted=True)
    keys = [issue.key for issue in issues if issue.kind == kind]
    if key not in keys:
        raise UnknownThingError(
            f"firm {firm_id!r} has no open issue {kind} {key!r}",
            firm_id=firm_id,
            asked=key,
            known=keys,
            thing=Thing.ISSUE,
        )
