"""How casebridge itself is doing: its processes, timed jobs, what is late, the support bundle."""

from typing import Any, Final

from fastapi import APIRouter, Request

from adapters.web.api.v1.upkeep_schemas import Late, LateList, Process, Processes, Schedule, Schedules
from adapters.web.who import Who
from core.desk import Desk

_MOST_LATE: Final = 200


def add_upkeep(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/processes", summary="List the processes of the service")
    def list_processes(request: Request) -> Processes:
        """Return which live, seen last first, with what each has in hand; then those gone within a day."""
        found = desk.processes.all(who(request))
        return Processes(items=[Process.of(one) for one in found])

    @router.get("/late", summary="What is late, for whom, and why")
    def list_late(request: Request) -> LateList:
        """Return messages that wait for over two minutes, documents for over twenty, the longest first."""
        found = desk.upkeep.late(who(request), _MOST_LATE)
        return LateList(items=[Late.of(one) for one in found.shown], all=found.number)

    @router.get("/support-bundle", summary="What somebody who helps from outside needs to know")
    def read_support_bundle(request: Request) -> dict[str, Any]:
        """Return it by sections: no name of a person, no text of a message, no secret. Needs `operate`."""
        return dict(desk.support_bundle(who(request)))

    @router.get("/schedules", summary="List timed jobs")
    def list_schedules(request: Request) -> Schedules:
        """Return what happens by the clock, with the last and the next turn of each."""
        found = desk.upkeep.schedules(who(request))
        return Schedules(items=[Schedule.of(job) for job in found])
