"""Carry the outbox to the broker: a row is marked once the broker has confirmed it."""

from collections.abc import Collection, Sequence
from typing import Final

from core.actor import Actor
from core.errors import CasebridgeError, UnexpectedError
from core.foreign import is_an_end, unexpected
from core.outbox_row import OutboxRow
from core.ports.outbox import OutboxReader
from core.ports.publisher import Publisher

WINDOW_ROWS: Final = 500


class Relay:
    """Publishes what waits in the outbox. A row may be published twice, but is never lost."""

    def __init__(self, reader: OutboxReader, publisher: Publisher) -> None:
        self._reader = reader
        self._publisher = publisher

    def publish_window(self, actor: Actor) -> int:
        """Publish one window and return the number of rows confirmed: 0 when there is nothing to do.

        Raises TransientError when the store or the broker is out of reach, and UnexpectedError where rows are
        left that cannot be published, and no other is; nothing is lost by that. A row that failed so often is
        set aside (`core.ports.tries`), and holds up no other.
        """
        actor.must_be_system()
        with self._reader.window(WINDOW_ROWS) as window:
            if not window.rows:
                return 0
            confirmed, bad, failed = self._publish(window.rows)
            window.mark_published(confirmed)
            if bad:  # where no other goes out it need not be these rows' fault
                window.mark_failed(bad if confirmed else bad[:1])
        if failed is not None and not confirmed:
            raise failed
        return len(confirmed)

    def _publish(
        self, rows: Sequence[OutboxRow]
    ) -> tuple[Collection[int], Sequence[int], UnexpectedError | None]:
        """Publish all at once; where that meets a foreign error, one by one: one row holds up no other.

        Return those confirmed, those that met a foreign error by themselves, and the last such error.
        """
        try:
            return self._publisher.publish(rows), (), None
        except CasebridgeError:
            raise
        except BaseException as error:  # one row holds up no other
            if is_an_end(error):
                raise
            failed = unexpected(error, "the publishing of the outbox")
        confirmed: list[int] = []
        bad: list[int] = []
        for row in rows:
            try:
                confirmed += self._publisher.publish([row])
            except CasebridgeError:
                break  # the broker is away; what was confirmed is marked
            except BaseException as error:  # one row holds up no other
                if is_an_end(error):
                    raise
                failed = unexpected(error, f"the publishing of row {row.row_id} of the outbox")
                bad.append(row.row_id)
        return confirmed, bad, failed

    def wait(self, actor: Actor, timeout_s: float) -> bool:
        """Wait until there may be something to publish, or the time has passed."""
        actor.must_be_system()
        return self._reader.wait(timeout_s)
