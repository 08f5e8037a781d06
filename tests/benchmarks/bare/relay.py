"""The limit of `relay`: `python -m tests.benchmarks.bare.relay` publishes the outbox until it is empty.

One SelectConnection in confirm mode, 500 messages in flight, one update a window.
"""

import os
from typing import Any

import pika
import psycopg
from pika.channel import Channel
from pika.spec import Basic

WINDOW = 500
EXCHANGE = "case-status.integration"

ROWS = "select row_id, queue, kind, body from outbox where published_at is null order by row_id limit %s"
MARK = "update outbox set published_at = statement_timestamp() where row_id = any(%s)"


class BareRelay:
    """Publishes one window after the other, all in the connection's own loop."""

    def __init__(self) -> None:
        self._database = psycopg.connect(os.environ["BENCH_DATABASE_URL"])
        self._row_ids: list[int] = []
        self._last_tag = 0
        self._unsettled: dict[int, None] = {}  # delivery tags, ascending
        self._channel: Channel | None = None
        self._connection = pika.SelectConnection(
            pika.URLParameters(os.environ["BENCH_AMQP_URL"]), on_open_callback=self._opened
        )

    def run(self) -> None:
        """Publish until nothing is left."""
        self._connection.ioloop.start()
        self._database.close()

    def _opened(self, connection: pika.SelectConnection) -> None:
        connection.channel(on_open_callback=self._confirming)

    def _confirming(self, channel: Channel) -> None:
        self._channel = channel
        channel.confirm_delivery(self._confirmed, callback=lambda _: self._publish())

    def _publish(self) -> None:
        found = self._database.execute(ROWS, [WINDOW]).fetchall()
        if not found:
            self._connection.add_on_close_callback(lambda *_: self._connection.ioloop.stop())
            self._connection.close()
            return
        assert self._channel is not None
        self._row_ids = [row[0] for row in found]
        for _, queue, kind, body in found:
            properties = pika.BasicProperties(delivery_mode=2)
            exchange = "" if queue else EXCHANGE
            self._last_tag += 1
            self._unsettled[self._last_tag] = None
            self._channel.basic_publish(exchange, queue or kind, body.encode(), properties)

    def _confirmed(self, frame: Any) -> None:
        assert isinstance(frame.method, Basic.Ack)
        settled = frame.method.delivery_tag
        if frame.method.multiple:
            # Two queues confirm in their own order, so what lies below may be settled already.
            for tag in [tag for tag in self._unsettled if tag <= settled]:
                del self._unsettled[tag]
        else:
            del self._unsettled[settled]
        if not self._unsettled:
            self._database.execute(MARK, [self._row_ids])
            self._database.commit()
            self._publish()


if __name__ == "__main__":
    BareRelay().run()
