"""A connection that publishes windows of messages and learns which of them the broker has confirmed.

It has a thread of its own, which answers heartbeats while nobody publishes.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import pika
from pika.channel import Channel
from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

JOIN_S = 2.0


class Outgoing(NamedTuple):
    """One message; `key` is the caller's number for it, unique in its window. `mandatory`: needs a queue."""

    key: int
    exchange: str
    routing_key: str
    body: bytes
    properties: BasicProperties
    mandatory: bool


@dataclass(slots=True)
class Window:
    """What became of the messages of one window, by key. `lost` says why the connection ended, if it did."""

    confirmed: set[int] = field(default_factory=set)
    returned: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    lost: BaseException | None = None


class ConfirmingConnection:
    """An open connection in confirm mode. One window at a time; not for use by several threads at once."""

    def __init__(self, node: pika.URLParameters) -> None:
        self.node = node
        self._changed = threading.Condition()
        self._is_open = False
        self._ended: BaseException | None = None
        self._window: Window | None = None
        self._unsettled: dict[int, int] = {}  # delivery tag → key, ascending
        self._last_tag = 0
        self._connection: pika.SelectConnection | None = None
        self._channel: Channel | None = None
        self._thread = threading.Thread(target=self._serve, name="rabbitmq-publisher", daemon=True)

    @property
    def is_open(self) -> bool:
        """Whether a window can be published now, as far as is known."""
        with self._changed:
            return self._is_open

    def open(self, within_s: float) -> None:
        """Connect. Raises what pika or the system said, or TimeoutError."""
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._is_open or self._ended is not None, within_s)
            if self._is_open:
                return
            ended = self._ended
        self.close()
        raise ended or TimeoutError(f"no answer within {within_s:g} s")

    def publish(self, messages: Sequence[Outgoing], within_s: float) -> Window:
        """Publish all; return when each is settled, the connection is lost or the time is up.

        After a window that was not settled completely the connection is closed: late confirms have no taker.
        """
        window = Window()
        with self._changed:
            if not self._is_open:
                window.lost = self._ended or ConnectionError("the connection is closed")
                return window
            self._window = window
        # All in one go: were the caller to make messages meanwhile, the two threads would fight for the
        # interpreter's lock at each of the thousands of socket calls.
        self._soon(partial(self._send, window, messages))
        with self._changed:
            if self._changed.wait_for(lambda: self._window is not window, within_s):
                return window
            self._window = None
            window.lost = TimeoutError(f"confirms were outstanding after {within_s:g} s")
        self.close()
        return window

    def close(self) -> None:
        """Close the connection and end its thread; within some seconds even if the broker does not answer."""
        self._soon(self._say_goodbye)
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            self._soon(self._hang_up)
            self._thread.join(JOIN_S)

    # Everything below runs in the connection's own thread, but for `_soon`.

    def _soon(self, call: Callable[[], None]) -> None:
        connection = self._connection
        if connection is not None:
            connection.ioloop.add_callback_threadsafe(call)

    def _serve(self) -> None:
        failure: BaseException | None = None
        try:
            connection = pika.SelectConnection(
                self.node,
                on_open_callback=self._on_connected,
                on_open_error_callback=lambda _connection, error: self._end(_exception(error)),
                on_close_callback=lambda _connection, error: self._end(error),
            )
            self._connection = connection
            connection.ioloop.start()
        except Exception as error:  # noqa: BLE001 - handed to who waits
            failure = error
        finally:
            self._settle_end(failure or ConnectionError("the connection was closed"))
            if self._connection is not None:
                self._connection.ioloop.close()

    def _on_connected(self, connection: pika.SelectConnection) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=self._on_confirming)

    def _on_confirming(self, _frame: object) -> None:
        with self._changed:
            self._is_open = True
            self._changed.notify_all()

    def _send(self, window: Window, messages: Sequence[Outgoing]) -> None:
        channel = self._channel
        if channel is None or not channel.is_open or self._window is not window:
            return
        tag = self._last_tag
        for key, exchange, routing_key, body, properties, is_mandatory in messages:
            tag += 1
            self._unsettled[tag] = key
            channel.basic_publish(exchange, routing_key, body, properties, is_mandatory)
        self._last_tag = tag
        self._check_settled()

    def _on_return(
        self, _channel: Channel, _method: Basic.Return, properties: BasicProperties, _body: bytes
    ) -> None:
        # Comes before the confirm of the same message, and names it by nothing but what we gave it.
        if self._window is not None and properties.message_id is not None:
            self._window.returned.add(int(properties.message_id))

    def _on_confirm(self, frame: object) -> None:
        method = getattr(frame, "method", None)
        if self._window is None or not isinstance(method, Basic.Ack | Basic.Nack):
            return
        if method.multiple:
            tags = []
            for tag in self._unsettled:
                if tag > method.delivery_tag:
                    break
                tags.append(tag)
        else:
            tags = [method.delivery_tag]
        is_confirmed = isinstance(method, Basic.Ack)
        window = self._window
        for tag in tags:
            key = self._unsettled.pop(tag)
            if not is_confirmed:
                window.refused.add(key)
            elif key not in window.returned:
                window.confirmed.add(key)
        self._check_settled()

    def _check_settled(self) -> None:
        if not self._unsettled:
            with self._changed:
                self._window = None
                self._changed.notify_all()

    def _on_channel_closed(self, _channel: Channel, error: Exception) -> None:
        # A channel is lost when an exchange it publishes to is missing. A new connection declares it again.
        self._settle_end(error)
        connection = self._connection
        if connection is not None and not (connection.is_closing or connection.is_closed):
            connection.close()

    def _say_goodbye(self) -> None:
        connection = self._connection
        if connection is None or connection.is_closed:
            self._stop_loop()
        elif not connection.is_closing:
            try:
                connection.close()
            except AMQPError:
                self._stop_loop()

    def _hang_up(self) -> None:
        """Close the socket without the broker's consent, which pika offers to itself only."""
        if self._connection is not None and not self._connection.is_closed:
            self._connection._terminate_stream(TimeoutError("no farewell from the broker"))  # noqa: SLF001 - pika has no other way to give a socket up
        else:
            self._stop_loop()

    def _end(self, error: BaseException) -> None:
        self._settle_end(error)
        self._stop_loop()

    def _stop_loop(self) -> None:
        if self._connection is not None:
            self._connection.ioloop.stop()

    def _settle_end(self, error: BaseException) -> None:
        with self._changed:
            self._is_open = False
            self._ended = self._ended or error
            if self._window is not None:
                self._window.lost = self._ended
                self._window = None
            self._changed.notify_all()


def _exception(error: BaseException | str) -> BaseException:
    return error if isinstance(error, BaseException) else ConnectionError(error)
