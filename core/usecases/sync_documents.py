"""Deliver a firm's waiting documents."""

from core.actor import SYSTEM, Actor
from core.issue import IssueKind
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.deliver import Deliver
from core.usecases.steps.document_carrier import DocumentCarrier


class SyncDocuments:
    """Works off one `sync-documents` job, and tells people of a category that SmartAdvocate does not have."""

    def __init__(self, units_of_work: UnitsOfWork, deliver: Deliver, carrier: DocumentCarrier) -> None:
        self._units_of_work = units_of_work
        self._deliver = deliver
        self._carrier = carrier

    def __call__(self, actor: Actor, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        actor.must_be_system()
        self._deliver(actor, job_id)
        for firm_id, (name, is_there) in self._carrier.category_findings():
            with self._units_of_work(SYSTEM) as uow:
                if is_there:
                    uow.issues.resolve(firm_id, IssueKind.DOCUMENT_CATEGORY_UNKNOWN)
                else:
                    uow.issues.open(firm_id, IssueKind.DOCUMENT_CATEGORY_UNKNOWN, name, _unknown(name))
                uow.commit()


def _unknown(name: str) -> str:
    return f"SmartAdvocate has no document category {name!r}; documents are uploaded without a category"
