"""Publishes upstream events, over HTTP or AMQP: `python -m sandbox.upstream --amqp URL --firm ID --sandbox
URL --count N`.

Knows the event contract and nothing of casebridge: the exchange `case-status.events`, the routing key, the
CloudEvent.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pika
import pika.exceptions

from sandbox.upstream_events import BROKEN, CONTENT_TYPE, MESSAGE_SENT, MessageEvents

EXCHANGE = "case-status.events"
EVENTS_PATH = "/v1/events"
_TIMEOUT_S = 30.0
_PERSISTENT = 2
_RETRY_FOR_S = 60.0
_RETRY_PAUSE_S = 0.25
_SERVER_ERROR, _TOO_MANY = 500, 429
_PAGE = 10_000


class UpstreamError(Exception):
    """Events cannot be published; the message says why and what to do."""


@dataclass
class Published:
    """How it went: events taken over, and those refused by HTTP status."""

    accepted: int = 0
    refused: dict[str, int] = field(default_factory=dict)


def paced(
    bodies: Iterable[bytes], rate: float, sleep: Callable[[float], object] = time.sleep
) -> Iterator[bytes]:
    """The bodies at `rate` a second by the monotonic clock; 0 is without a pause.

    Waits once more after the last, as it takes a body only when that is due.
    """
    start = time.monotonic()
    source = iter(bodies)
    n = 0
    while True:
        if rate > 0 and (wait := start + n / rate - time.monotonic()) > 0:
            sleep(wait)
        # Taken only now, so that an event's time is when it leaves.
        try:
            body = next(source)
        except StopIteration:
            return
        yield body
        n += 1


def publish_http(url: str, api_key: str, bodies: Iterable[bytes], *, rate: float = 0) -> Published:
    """Posts each body with `Authorization: Bearer`; tries again for a minute while the service is away or
    overloaded.

    `url` is the service's root, or the whole address of its events route. Raises UpstreamError.
    """
    address = httpx2.URL(url)
    if address.path in ("", "/"):
        address = address.copy_with(path=EVENTS_PATH)
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": CONTENT_TYPE}
    result = Published()
    with httpx2.Client(headers=headers, timeout=_TIMEOUT_S) as client:
        for body in paced(bodies, rate):
            status = _post(client, address, body)
            if status < 300:
                result.accepted += 1
            else:
                result.refused[str(status)] = result.refused.get(str(status), 0) + 1
    return result


def _post(client: httpx2.Client, address: httpx2.URL, body: bytes) -> int:
    deadline = time.monotonic() + _RETRY_FOR_S
    while True:
        try:
            status = client.post(address, content=body).status_code
            if (status < _SERVER_ERROR and status != _TOO_MANY) or time.monotonic() >= deadline:
                return status
        except httpx2.TransportError as error:
            if time.monotonic() >= deadline:
                raise UpstreamError(f"{address} does not answer: {error}; is the service running?") from error
        time.sleep(_RETRY_PAUSE_S)


def publish_amqp(
    url: str,
    bodies: Iterable[bytes],
    *,
    rate: float = 0,
    exchange: str = EXCHANGE,
    routing_key: str = MESSAGE_SENT,
) -> Published:
    """Publishes each body, persistent, and waits for its confirm. Raises UpstreamError where no queue takes
    it.
    """
    result = Published()
    properties = pika.BasicProperties(content_type=CONTENT_TYPE, delivery_mode=_PERSISTENT)
    try:
        connection = pika.BlockingConnection(pika.URLParameters(url))
    except (pika.exceptions.AMQPError, OSError) as error:
        raise UpstreamError(
            f"cannot connect to the broker ({type(error).__name__}): check the AMQP URL"
        ) from error
    try:
        channel = connection.channel()
        channel.exchange_declare(exchange, exchange_type="topic", durable=True)
        channel.confirm_delivery()
        for body in paced(bodies, rate, connection.sleep):
            channel.basic_publish(exchange, routing_key, body, properties, mandatory=True)
            result.accepted += 1
    except pika.exceptions.UnroutableError as error:
        msg = (
            f"no queue takes {routing_key} from {exchange}: start intake first ({result.accepted} published)"
        )
        raise UpstreamError(msg) from error
    except pika.exceptions.AMQPError as error:
        raise UpstreamError(
            f"the broker failed after {result.accepted} events: {type(error).__name__}"
        ) from error
    finally:
        if connection.is_open:
            connection.close()
    return result


def case_ids(sandbox_url: str, firm: str | None = None, control_token: str | None = None) -> list[int]:
    """Ids of all importable cases of a sandbox's firm. Raises UpstreamError."""
    headers = {"X-Sandbox-Token": control_token} if control_token else {}
    found: list[int] = []
    with httpx2.Client(base_url=sandbox_url, headers=headers, timeout=_TIMEOUT_S) as client:
        after: int | None = 0
        while after is not None:
            query: dict[str, Any] = {"ids": 1, "kind": "importable", "limit": _PAGE, "after": after}
            try:
                answer = client.get("/_sandbox/cases", params=query | ({"firm": firm} if firm else {}))
            except httpx2.TransportError as error:
                raise UpstreamError(f"no sandbox answers on {sandbox_url}: {error}") from error
            if not answer.is_success:
                raise UpstreamError(
                    f"the sandbox on {sandbox_url} answers {answer.status_code}: {answer.text}"
                )
            page = answer.json()
            found += page["cases"]
            after = page["next_after"]
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m sandbox.upstream", description="Publishes message-sent events."
    )
    target = made.add_mutually_exclusive_group(required=True)
    target.add_argument("--amqp", metavar="URL")
    target.add_argument("--http", metavar="URL", help="root of the service, or its events route")
    made.add_argument("--api-key", default="")
    made.add_argument("--firm", required=True, metavar="ID", help="the firm_id of the events")
    source = made.add_mutually_exclusive_group(required=True)
    source.add_argument("--cases", type=Path, metavar="FILE", help="case ids, blank-separated")
    source.add_argument("--sandbox", metavar="URL", help="ask this sandbox for its importable cases")
    made.add_argument("--sandbox-firm", metavar="NAME", help="the firm's name there (default: the first)")
    made.add_argument("--control-token")
    made.add_argument("--count", type=int, default=1)
    made.add_argument(
        "--first", type=int, default=0, help="number of the first event: go on where another run ended"
    )
    made.add_argument("--rate", type=float, default=0, help="events a second; 0 is as fast as possible")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument(
        "--broken", action="append", default=[], choices=sorted(BROKEN), help="add one such event"
    )
    return made


def main(arguments: list[str] | None = None) -> int:
    """Publishes and prints one line of JSON. 0 all taken over, 1 not."""
    options = parser().parse_args(arguments)
    try:
        ids = (
            options.cases.read_text().split()
            if options.cases
            else case_ids(options.sandbox, options.sandbox_firm, options.control_token)
        )
        result = _publish(options, MessageEvents(options.firm, ids, options.seed))
    except (UpstreamError, OSError, ValueError) as error:
        print(f"upstream: {error}", file=sys.stderr)  # noqa: T201 - a program's output
        return 1
    print(json.dumps(asdict(result)))  # noqa: T201 - a program's output
    return 1 if result.refused and not options.broken else 0


def _publish(options: argparse.Namespace, events: MessageEvents) -> Published:
    def now() -> datetime:
        return datetime.now(UTC)

    def bodies() -> Iterator[bytes]:
        yield from events.stream(options.count, now, options.first)
        for place, kind in enumerate(options.broken):
            yield events.broken(kind, options.first + options.count + place, now())

    if options.amqp:
        return publish_amqp(options.amqp, bodies(), rate=options.rate)
    return publish_http(options.http, options.api_key, bodies(), rate=options.rate)


if __name__ == "__main__":
    sys.exit(main())
