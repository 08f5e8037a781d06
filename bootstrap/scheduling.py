"""The room of the scheduler: it needs the store and a publisher, nothing else."""

from bootstrap import paces, values
from bootstrap.part import part
from bootstrap.settings import Settings
from bootstrap.store import Store
from core.ports.publisher import Publisher
from core.usecases.publish_due_jobs import PublishDueJobs
from core.usecases.relay import Relay
from core.usecases.remove_old import RemoveOld
from core.usecases.send_letters import SendLetters
from core.usecases.write_letters import WriteLetters
from scheduler.cleaner import Cleaner
from scheduler.loop import Intervals, Scheduler
from scheduler.postman import Postman


class Scheduling:
    """What turns time into jobs."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store

    @part
    def publish_due_jobs(self) -> PublishDueJobs:
        """Due slots, and jobs that were lost on their way."""
        timetable = paces.timetable(self._settings)
        return PublishDueJobs(self._store.unit_of_work, self._store.clock, timetable, self._store.notices)

    def postman(self) -> Postman | None:
        """Return who writes and sends letters; None where no mail server is set."""
        server = values.mail_server(self._settings)
        if server is None:
            return None
        from adapters.mail.smtp import SmtpMail  # loaded by who has a mail server

        mail = SmtpMail(server, self._settings.browser_url())
        uow = self._store.unit_of_work
        return Postman(WriteLetters(uow, self._store.clock), SendLetters(uow, mail))

    def cleaner(self) -> Cleaner:
        """Return who removes what has served its purpose."""
        return Cleaner(RemoveOld(self._store.unit_of_work, values.retention(self._settings)))

    def scheduler(self, publisher: Publisher) -> Scheduler:
        """Return a scheduler that publishes there."""
        relay = Relay(self._store.outbox_reader, publisher)
        intervals = Intervals(recover_s=self._settings.recover_every_s)
        return Scheduler(self.publish_due_jobs, relay, intervals, hurry=self._store.somebody_is_gone)
