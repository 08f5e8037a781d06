"""A job: a bounded slice of work for one firm. The broker carries its id only; Postgres knows the rest."""

from dataclasses import dataclass
from typing import Final

from core.schedule import JobName

# In place of a firm, for a job that is about the store itself and calls nobody's SmartAdvocate.
OF_NO_FIRM: Final = "*"


@dataclass(frozen=True, slots=True)
class Job:
    """One job, of a firm or OF_NO_FIRM. `run_id` names the run for a slice of the case sync."""

    job_id: int
    name: JobName
    firm_id: str
    run_id: int | None = None
