"""One sandbox with many firms for the whole folder: each test takes a firm nobody used before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.sandbox.caller import Caller

FIRMS = 150


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[tuple[SandboxServer, Iterator[int]]]:
    options = SandboxOptions(firms=FIRMS, cases=100, as_of=datetime(2026, 11, 20, tzinfo=UTC))
    with SandboxServer(options) as server:
        yield server, count(1)


@pytest.fixture
def firm(shared_sandbox: tuple[SandboxServer, Iterator[int]]) -> Iterator[Caller]:
    server, numbers = shared_sandbox
    caller = Caller(server, f"firm{next(numbers)}")
    yield caller
    caller.control.delete("faults")
    caller.close()
