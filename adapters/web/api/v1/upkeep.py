"""How casebridge itself is doing: its processes and timed jobs. For keys of all firms."""

from fastapi import APIRouter, Request

from adapters.web.api.v1.upkeep_schemas import Process, Processes, Schedule, Schedules
from adapters.web.who import Who
from core.desk import Desk


def add_upkeep(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/processes", summary="List the processes of the service")
    def list_processes(request: Request) -> Processes:
        """Return which live, seen last first, with what each has in hand; then those gone within a day."""
        found = desk.processes.all(who(request))
        return Processes(items=[Process.of(one) for one in found])

    @router.get("/schedules", summary="List timed jobs")
    def list_schedules(request: Request) -> Schedules:
        """Return what happens by the clock, with the last and the next turn of each."""
        found = desk.upkeep.schedules(who(request))
        return Schedules(items=[Schedule.of(job) for job in found])
