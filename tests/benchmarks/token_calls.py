"""`token-calls-per-expiry`: requests at the token endpoint for each token that ran out."""

from contextlib import ExitStack
from dataclasses import dataclass

import psycopg

from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, MiscountError, Round, must_be
from tests.integration.oauth_support import FIRM, oauth_bench

NAME = "token-calls-per-expiry"
BAR = 1.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many ask at once, and how often."""

    processes: int
    threads: int
    rounds: int


FULL = Sizes(processes=8, threads=13, rounds=20)
QUICK = Sizes(processes=2, threads=4, rounds=2)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let a token run out for all workers in the same moment, again and again; reuse detection is on."""
    with ExitStack() as stack:
        database_url = stack.enter_context(bench.database())
        oauth = stack.enter_context(oauth_bench(database_url))
        processes = bench.processes()
        stack.callback(processes.close)
        oauth.consent()
        # Threads share few connections: all processes together must fit into the server's hundred.
        env = {**oauth.environment(), "CASEBRIDGE_WORKER_THREADS": "1"}
        racers = [
            processes.start("tests.integration.token_racer", FIRM, str(sizes.threads), env=env)
            for _ in range(sizes.processes)
        ]
        for racer in racers:
            racer.wait_for_line("ready")
        calls = oauth.grants()[0]["token_calls"]
        rounds = []
        for number in range(1, sizes.rounds + 1):
            oauth.expire()
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute("select pg_notify('race', %s)", [str(number)])
            for racer in racers:
                got = racer.wait_for_line(rf"round {number} (.*)").group(1)
                if got != "1 []":
                    raise MiscountError(f"a process got {got}, expected 1 token and no error")
            now = oauth.grants()[0]["token_calls"]
            rounds.append(Round(now - calls, 1))
            calls = now
        must_be("lost grants", sum(grant["revoked"] for grant in oauth.grants()), 0)
        refreshes = must_be("refreshes", oauth.grants()[0]["refreshes"], sizes.rounds)
    return Figure(
        NAME,
        "calls",
        tuple(rounds),
        BAR,
        f"{sizes.processes * sizes.threads} threads in {sizes.processes} processes want a token that has "
        "just run out; limit: one",
        at_most=True,
        counts={"refreshes": refreshes},
    )
