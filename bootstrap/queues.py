"""Which job takes what comes in which queue. Nothing is loaded here: a queue's first job does that."""

from collections.abc import Callable, Mapping

from bootstrap.application import Application
from core.actor import SYSTEM
from core.schedule import JobName


def by_queue(application: Application) -> Mapping[str, Callable[[int], None]]:
    """Return what takes the jobs of each queue, by their ids; earlier queues go first."""
    return {
        JobName.SYNC_MESSAGES: lambda job: application.jobs.deliver_messages(SYSTEM, job),
        JobName.SYNC_DOCUMENTS: lambda job: application.jobs.sync_documents(SYSTEM, job),
        JobName.IMPORT_CASES: lambda job: application.jobs.import_waiting_cases(SYSTEM, job),
        JobName.SYNC_CASES: lambda job: application.jobs.sync_cases(SYSTEM, job),
        JobName.SYNC_SHARED_NOTES: lambda job: application.jobs.read_shared_notes(SYSTEM, job),
        JobName.PROBE_CONNECTIONS: lambda job: application.jobs.probe_connection(SYSTEM, job),
        JobName.BULK_OPERATIONS: lambda job: application.jobs.work_bulk(SYSTEM, job),
    }
