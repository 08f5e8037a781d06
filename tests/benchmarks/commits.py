"""Commits for `notify`: `python -m tests.benchmarks.commits WAY CONNECTIONS NUMBER` commits so often on each.

Each transaction is what the intake stores of one event: its inbox row, its delivery, and a job in the outbox.
"""

import os
import sys
import threading
from enum import StrEnum
from typing import Final

import psycopg

from adapters.postgres.store.own_connection import OwnConnection
from adapters.postgres.store.session import Session
from adapters.postgres.store.wake_ups import Channel, WakeUps

STARTING_GUN: Final = 7_203_115_777
READY: Final = "ready to commit"
STORE: Final = """
with heard as (
    insert into inbox (firm_id, kind, subject_id, event_id, source, digest)
    values ('firm1', 'message-sent', %(key)s, %(key)s, '/bench', %(key)s)
), accepted as (
    insert into deliveries (firm_id, kind, subject_id, case_integration_id, occurred_at, state, data)
    values ('firm1', 'message-sent', %(key)s, %(key)s, clock_timestamp(), 'pending', '{"text": "Hello."}')
)
select enter_outbox(
    firm_ids => array['firm1'], queues => array['sync-messages'], job_ids => array[%(number)s::bigint]
)
"""
NOTIFY: Final = "select pg_notify('casebridge_outbox', '')"


class Way(StrEnum):
    """How relays are woken: after the commit (ours), within each transaction (as it was), not at all."""

    AFTER = "after"
    WITHIN = "within"
    NOT = "not"


def main(way: Way, connections: int, number: int) -> None:
    """Commit on all connections once the starting gun's lock can be had."""
    url = os.environ["BENCH_DATABASE_URL"]
    wake = WakeUps(OwnConnection(url, application_name="wake-ups", answer_within_s=3.0))
    ready = threading.Barrier(connections, action=lambda: print(READY, flush=True))

    def commit(place: int) -> None:
        with psycopg.connect(url) as connection:
            session = Session(connection, wake=wake)
            ready.wait()
            session.rows("select pg_advisory_xact_lock_shared(%s)", [STARTING_GUN])
            session.commit()
            for n in range(number):
                told = {"key": f"{os.getpid()}-{place}-{n}", "number": n}
                session.rows(STORE, told)
                if way is Way.AFTER:
                    session.will_wake(Channel.OUTBOX)
                elif way is Way.WITHIN:
                    session.rows(NOTIFY)
                session.commit()

    threads = [threading.Thread(target=commit, args=(place,)) for place in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wake.close()


if __name__ == "__main__":
    main(Way(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
