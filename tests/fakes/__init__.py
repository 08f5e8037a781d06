"""In-memory fakes of the ports. Each passes the same contract suite as the real adapter."""

from tests.fakes.clock import FakeClock
from tests.fakes.connections import FakeConnections
from tests.fakes.publisher import FakePublisher
from tests.fakes.smartadvocate import FakeCaseManagement
from tests.fakes.store import FakeStore
from tests.fakes.tokens import FakeTokens

__all__ = [
    "FakeCaseManagement",
    "FakeClock",
    "FakeConnections",
    "FakePublisher",
    "FakeStore",
    "FakeTokens",
]
