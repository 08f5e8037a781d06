"""`token-read`: bearer tokens a second, out of the store and decrypted."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from core.credentials import Issued, OAuthCredentials
from core.firm import ConnectionState, Firm
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, must_be, take_turns

NAME = "token-read"
BAR = 0.5
FIRM = "firm1"
BASE_URL = "https://sa.firm.test/CaseSyncAPI/"
TOKEN = "eyJhbGciOiJIUzI1NiJ9." + "x" * 300 + ".c2lnbmF0dXJl"
BARE = (
    "select token_key_id, token_nonce, token_ciphertext, renew_at, expires_at, version "
    "from connections where firm_id = %s"
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    reads: int
    firms: int
    rounds: int


FULL = Sizes(reads=10_000, firms=1_000, rounds=5)
QUICK = Sizes(reads=200, firms=20, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Ask for one firm's token again and again, one thread; limit: a bare psycopg select of the same row."""
    with bench.service() as service:
        application = service.application
        hour = timedelta(hours=1)
        for number in range(1, sizes.firms + 1):
            credentials = OAuthCredentials(f"refresh-{number}")
            application.store.connections.put(
                f"firm{number}", BASE_URL, credentials, Issued(TOKEN, credentials, hour, hour)
            )
        firm = Firm(FIRM, "Firm 1", base_url=BASE_URL, connection=ConnectionState.CONNECTED)
        tokens = application.smartadvocate.tokens
        tokens._known_for_s = 0
        right = 0

        def ours() -> float:
            nonlocal right
            right = 0

            def read() -> None:
                nonlocal right
                right += tokens.token(firm) == TOKEN

            rate = _rate(sizes.reads, read)
            must_be("right tokens", right, sizes.reads)
            return rate

        with psycopg.connect(service.database_url, autocommit=True, prepare_threshold=0) as connection:

            def limit() -> float:
                return _rate(sizes.reads, lambda: connection.execute(BARE, (FIRM,)).fetchone())

            ours(), limit()  # connections are made, plans are kept
            measured = take_turns(sizes.rounds, ours, limit)
    return Figure(
        NAME,
        "reads/s",
        measured,
        BAR,
        f"one of {sizes.firms} firms' tokens, {sizes.reads} times, one thread; "
        "limit: a bare psycopg select by key",
        counts={"right tokens": right},
    )


def _rate(number: int, act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(number):
        act()
    return number / (time.perf_counter() - begun)
