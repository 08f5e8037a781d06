"""A job: a bounded slice of work for one firm. The broker carries its id only; Postgres knows the rest."""

from dataclasses import dataclass

from core.schedule import JobName


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `run_id` names the run for a slice of the case sync."""

    job_id: int
    name: JobName
    firm_id: str
    run_id: int | None = None
