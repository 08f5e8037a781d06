"""`python -m tests.integration.token_racer FIRM THREADS`: threads that ask for a token at the test's word.

The word is a notification on the channel `race`; its payload is the round's number. Prints `round N TOKENS`:
how many different tokens the threads got, and the errors.
"""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg

from bootstrap.application import Application
from core.actor import SYSTEM
from core.errors import CasebridgeError


def main(firm_id: str, threads: int) -> None:
    """Race until killed."""
    application = Application()
    tokens = application.smartadvocate.tokens
    tokens._known_for_s = 0  # each word is about the store
    with application.store.unit_of_work(SYSTEM) as uow:
        firm = uow.firms.get(firm_id)
    assert firm is not None
    together = threading.Barrier(threads)

    def ask(_: int) -> str:
        together.wait(30)
        try:
            return str(tokens.token(firm))
        except CasebridgeError as error:
            return f"{type(error).__name__}: {error}"

    url = os.environ["CASEBRIDGE_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection, ThreadPoolExecutor(threads) as pool:
        connection.execute("listen race")
        print("ready", flush=True)
        for word in connection.notifies():
            found = set(pool.map(ask, range(threads)))
            failed = sorted(answer for answer in found if ": " in answer)
            print(f"round {word.payload} {len(found)} {failed}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
