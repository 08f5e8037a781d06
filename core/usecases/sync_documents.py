"""Deliver a firm's waiting documents."""

from datetime import timedelta

from core.ports.unit_of_work import UnitsOfWork


class SyncDocuments:
    """Takes up a `sync-documents` job and gives it back.

    Documents are recorded, ordered and visible as deliveries, but not yet uploaded: SmartAdvocate's upload is
    UNVERIFIED as a whole (API sheet, section 9). They wait as `pending` and lose nothing.
    """

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing."""
        with self._units_of_work() as uow:
            if job := uow.jobs.start(job_id, timedelta(minutes=1)):
                uow.jobs.finish(job)
            uow.commit()
