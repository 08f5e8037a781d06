"""The rooms of one process, each made when it is first entered."""

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bootstrap.part import part
from bootstrap.settings import Settings

# Each room is loaded by who enters it: every process starts as fast as its own part of the service allows.
if TYPE_CHECKING:
    from bootstrap.access import Access
    from bootstrap.jobs import Jobs
    from bootstrap.scheduling import Scheduling
    from bootstrap.smartadvocate import SmartAdvocateRoom
    from bootstrap.store import Store
    from core.desk import Desk


class Application:
    """The service as one process has it. `stopping` is set when it is to end."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._given = settings
        self._closing = ExitStack()
        self.stopping = threading.Event()

    @part
    def settings(self) -> Settings:
        """The environment's, unless others were given."""
        return self._given or Settings.read()

    @part
    def store(self) -> "Store":
        """Postgres."""
        from bootstrap.store import Store

        return Store(self.settings, self._closing)

    @part
    def smartadvocate(self) -> "SmartAdvocateRoom":
        """Calls to others."""
        from bootstrap.smartadvocate import SmartAdvocateRoom

        return SmartAdvocateRoom(self.settings, self.store, self.stopping, self._closing)

    @part
    def jobs(self) -> "Jobs":
        """What workers do."""
        from bootstrap.jobs import Jobs

        return Jobs(self.settings, self.store, self.smartadvocate, self.stopping)

    @part
    def scheduling(self) -> "Scheduling":
        """What schedulers do."""
        from bootstrap.scheduling import Scheduling

        return Scheduling(self.settings, self.store)

    @part
    def access(self) -> "Access":
        """Where people sign in."""
        from bootstrap.access import Access

        return Access(self.settings, self.store, self._closing)

    @part
    def desk(self) -> "Desk":
        """What people and programs ask for."""
        from bootstrap.people import make_desk

        return make_desk(self.settings, self.store, self.smartadvocate, self.jobs, self.access)

    def close(self) -> None:
        """Close what was opened."""
        self._closing.close()
