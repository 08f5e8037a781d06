"""Carry the outbox to the broker: a row is marked once the broker has confirmed it."""

from datetime import timedelta
from typing import Final

from core.actor import Actor
from core.ports.outbox import OutboxReader
from core.ports.publisher import Publisher

WINDOW_ROWS: Final = 500
KEEP_PUBLISHED: Final = timedelta(days=1)


class Relay:
    """Publishes what waits in the outbox. A row may be published twice, but is never lost."""

    def __init__(self, reader: OutboxReader, publisher: Publisher) -> None:
        self._reader = reader
        self._publisher = publisher

    def publish_window(self, actor: Actor) -> int:
        """Publish one window and return the number of rows confirmed: 0 when there is nothing to do.

        Raises TransientError when the store or the broker is out of reach; nothing is lost by that.
        """
        actor.must_be_system()
        with self._reader.window(WINDOW_ROWS) as window:
            if not window.rows:
                return 0
            confirmed = self._publisher.publish(window.rows)
            window.mark_published(confirmed)
        return len(confirmed)

    def purge(self, actor: Actor) -> int:
        """Delete what was published long enough ago that nobody asks for it. Returns the number of rows."""
        actor.must_be_system()
        return self._reader.purge_published(KEEP_PUBLISHED)

    def wait(self, actor: Actor, timeout_s: float) -> bool:
        """Wait until there may be something to publish, or the time has passed."""
        actor.must_be_system()
        return self._reader.wait(timeout_s)
