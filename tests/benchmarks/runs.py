"""Runs of the case sync on real workers: started, waited for, timed by the database."""

from collections.abc import Sequence

import psycopg

from core.actor import SYSTEM
from core.run import Trigger
from tests.benchmarks.bench import Service
from tests.servers import RunningProcess, eventually


def start(service: Service, firm_id: str, trigger: Trigger = Trigger.MANUAL) -> int:
    """Start a run as a person does; its id."""
    with service.application.store.unit_of_work(SYSTEM) as uow:
        firm = uow.firms.get(firm_id)
    assert firm is not None
    run, _ = service.application.desk.start_sync(SYSTEM, firm, trigger)
    return run.run_id


def wait_until_ended(
    service: Service, processes: Sequence[RunningProcess], run_ids: Sequence[int], within_s: float
) -> float:
    """Wait until all have finished; seconds from the first one's start to the last one's end."""

    def ended() -> float | None:
        for process in processes:
            assert process.is_running(), process.output[-2000:]
        states, seconds = _states(service, run_ids)
        assert states <= {"waiting", "finished"}, f"runs ended otherwise: {sorted(states)}"
        return seconds if states == {"finished"} else None

    found = eventually(ended, within_s, "all runs ending", poll_s=0.1)
    assert found is not None
    return found


def _states(service: Service, run_ids: Sequence[int]) -> tuple[set[str], float]:
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        row = connection.execute(
            "select array_agg(distinct state), extract(epoch from max(ended_at) - min(started_at))::float "
            "from runs where run_id = any(%s)",
            (list(run_ids),),
        ).fetchone()
    assert row is not None
    return set(row[0]), row[1]
