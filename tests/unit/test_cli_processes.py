"""`casebridge processes`: which live, and what each has in hand."""

from datetime import timedelta

from core.actor import SYSTEM
from core.schedule import JobName
from tests.unit.cli_shell import Shell


def test_processes_are_listed_with_what_they_hold_and_those_that_are_gone() -> None:
    shell = Shell()
    service = shell.service
    service.lives("doomed").beat()
    service.clock.advance(timedelta(seconds=1))
    with service.units_of_work(SYSTEM) as uow:
        uow.jobs.enqueue(JobName.SYNC_SHARED_NOTES, ["north"])
        uow.commit()
    [job_id] = [job for job, row in service.store.tables.jobs.items() if row.name == "sync-shared-notes"]
    with service.lives("busy").errand() as errand:
        with service.units_of_work(SYSTEM) as uow:
            assert uow.jobs.start(job_id, errand.owner)
            uow.commit()
        service.lives("doomed").kill()
        service.clock.advance(timedelta(seconds=16))
        service.lives.look()
        rows = {row["process_id"]: row for row in shell.json("processes")}
        said = shell("processes")
    busy = next(row for row in rows.values() if row["busy"])
    assert (busy["kind"], busy["host"], busy["version"], busy["state"]) == ("worker", "host", "1.0", "alive")
    assert [job["name"] for job in busy["jobs"]] == ["sync-shared-notes"]
    assert [row["state"] for row in rows.values()].count("gone") == 1
    assert "sync-shared-notes of north" in said


def test_where_none_has_given_a_sign_that_is_said() -> None:
    shell = Shell()
    shell.service.store.tables.processes.clear()
    assert shell.json("processes") == []
