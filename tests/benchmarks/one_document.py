"""`python -m tests.benchmarks.one_document FIRM` works off the firm's document jobs in this process.

Reads the service's environment variables. Prints `measured {"seconds", "before_mib", "peak_mib"}` at the end:
the most memory that the process had before the first job, and the most it ever had.
"""

import json
import sys
import time

from bootstrap.application import Application
from core.actor import SYSTEM
from tests.memory import peak_mib

_WAITING = "select job_id from jobs where firm_id = %s and name = 'sync-documents' and state = 'waiting'"


def main(firm_id: str) -> None:
    """Work off the jobs, slice by slice, as a worker would."""
    application = Application()
    sync_documents = application.jobs.sync_documents
    with application.store.unit_of_work(SYSTEM) as uow:
        assert uow.firms.get(firm_id) is not None
    before, begun = peak_mib(), time.perf_counter()
    while (job_id := _waiting_job(application, firm_id)) is not None:
        sync_documents(SYSTEM, job_id)
    seconds = time.perf_counter() - begun
    application.close()
    said = {"seconds": seconds, "before_mib": before, "peak_mib": peak_mib()}
    print(f"measured {json.dumps(said)}", flush=True)


def _waiting_job(application: Application, firm_id: str) -> int | None:
    with application.store.pool.connection() as connection:
        row = connection.execute(_WAITING, [firm_id]).fetchone()
        return int(row[0]) if row else None


if __name__ == "__main__":
    main(sys.argv[1])
