"""`python -m tests.benchmarks.one_import FIRM [again]` runs a firm's sync in this process.

With `again` the firm is reset and read a second time, and only that is measured.

Reads the service's environment variables. Prints `measured {"seconds", "peak_mib"}` at the end: from the
first slice to the last, and the most memory the process ever had.
"""

import json
import sys
import time

from bootstrap.application import Application
from core.actor import SYSTEM
from core.run import RunState, Trigger
from tests.memory import peak_mib


def main(firm_id: str, again: str = "") -> None:
    """Start the run and work off its jobs, slice by slice, as a worker would."""
    application = Application()
    seconds = _run(application, firm_id, Trigger.MANUAL)
    if again:
        seconds = _run(application, firm_id, Trigger.RESET)
    application.close()
    print(f"measured {json.dumps({'seconds': seconds, 'peak_mib': peak_mib()})}", flush=True)


def _run(application: Application, firm_id: str, trigger: Trigger) -> float:
    sync_cases = application.jobs.sync_cases
    with application.store.unit_of_work(SYSTEM) as uow:
        firm = uow.firms.get(firm_id)
    assert firm is not None
    run, _ = application.desk.start_sync(SYSTEM, firm, trigger)
    begun = time.perf_counter()
    while (job_id := _waiting_job(application, run.run_id)) is not None:
        sync_cases(SYSTEM, job_id)
    seconds = time.perf_counter() - begun
    with application.store.unit_of_work(SYSTEM) as uow:
        ended = uow.runs.get(run.run_id)
    assert ended is not None
    assert ended.state is RunState.FINISHED, ended.detail
    return seconds


def _waiting_job(application: Application, run_id: int) -> int | None:
    with application.store.pool.connection() as connection:
        row = connection.execute(
            "select job_id from jobs where run_id = %s and state = 'waiting'", [run_id]
        ).fetchone()
        return int(row[0]) if row else None


if __name__ == "__main__":
    main(*sys.argv[1:])
