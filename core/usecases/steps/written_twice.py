"""What is in SmartAdvocate twice is told: it cannot be prevented in every case, but it is known."""

from core.actor import SYSTEM
from core.issue import IssueKind
from core.ports.notices import Notices
from core.ports.unit_of_work import UnitsOfWork


def tell_what_is_there_twice(units_of_work: UnitsOfWork, notices: Notices) -> int:
    """Open an issue and leave a notice for each, in a transaction of its own. Returns their number."""
    with units_of_work(SYSTEM) as uow:
        found = uow.deliveries.written_twice()
        for twice in found:
            uow.issues.open(
                twice.firm_id,
                IssueKind.WRITTEN_TWICE,
                str(twice.delivery_id),
                f"delivery {twice.delivery_id} ({twice.kind.value}) is in case {twice.case_integration_id} "
                f"of SmartAdvocate twice: as {twice.kept_id}, and as {twice.stray_id}, which a worker wrote "
                "that had stood still until after the end of its claim",
            )
        if found:
            uow.commit()
    for twice in found:
        notices.written_twice(twice)
    return len(found)
