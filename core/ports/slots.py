"""Port: schedule slots. A slot is a row unique on (job, due_at); any number of schedulers claim them."""

from datetime import datetime
from typing import Protocol

from core.schedule import JobName


class Slots(Protocol):
    """Slots of the timetable."""

    def open(self, name: JobName, due_at: datetime) -> None:
        """Note that the slot is due. The first ever of `sync-cases` counts as done: none was missed."""
        ...

    def claim(self, name: JobName) -> datetime | None:
        """Lock the newest open slot until the transaction ends, and return its instant (UTC).

        It and all older ones are done when the transaction commits: one catch-up stands for all that were
        missed. None if there is none, or another scheduler has it.
        """
        ...
