"""The limit of `intake`: `python -m tests.benchmarks.bare.intake QUEUE NUMBER` takes so many events.

100 events a transaction, an inbox row and a delivery row each, acknowledged after the commit.
"""

import hashlib
import json
import os
import sys
from typing import Any

import pika
import psycopg
from pika.adapters.blocking_connection import BlockingChannel

BATCH = 100
PREFETCH = 600

INBOX = """
insert into inbox (firm_id, kind, subject_id, event_id, source, digest) values (%s, %s, %s, %s, %s, %s)
on conflict do nothing
"""
DELIVERY = """
insert into deliveries (firm_id, kind, subject_id, case_integration_id, occurred_at, state, data)
values (%s, %s, %s, %s, %s, 'pending', %s)
on conflict do nothing
"""


def main(queue: str, number: int) -> None:
    """Take events until so many are recorded."""
    connection = psycopg.connect(os.environ["BENCH_DATABASE_URL"])
    broker = pika.BlockingConnection(pika.URLParameters(os.environ["BENCH_AMQP_URL"]))
    batch: list[bytes] = []
    recorded = 0

    def take(channel: BlockingChannel, method: Any, _properties: Any, body: bytes) -> None:
        nonlocal recorded
        batch.append(body)
        if len(batch) == BATCH or recorded + len(batch) == number:
            record(connection, batch)
            channel.basic_ack(method.delivery_tag, multiple=True)
            recorded += len(batch)
            batch.clear()
        if recorded == number:
            channel.stop_consuming()

    channel = broker.channel()
    channel.basic_qos(prefetch_count=PREFETCH)
    channel.basic_consume(queue, take)
    channel.start_consuming()
    broker.close()
    connection.close()


def record(connection: psycopg.Connection[Any], bodies: list[bytes]) -> None:
    """Write a batch in one transaction."""
    inbox, deliveries = [], []
    for body in bodies:
        event = json.loads(body)
        data = event["data"]
        key = (data["firm_id"], event["type"], data["message_id"])
        inbox.append((*key, event["id"], event["source"], hashlib.sha256(body).hexdigest()))
        deliveries.append((*key, data["case_integration_id"], data["sent_at"], json.dumps(data)))
    with connection.cursor() as cursor:
        cursor.executemany(INBOX, inbox)
        cursor.executemany(DELIVERY, deliveries)
    connection.commit()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
