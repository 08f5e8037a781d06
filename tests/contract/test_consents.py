"""What consents under way promise (`core.ports.connections.Consents`), each in a session."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.postgres.tokens.consents import PostgresConsents
from adapters.postgres.tokens.vault import Vault
from core.actor import ALL_FIRMS, Actor, Role
from core.ports.connections import Begun, Consents
from core.session import SessionLimits, Visitor, Way
from tests.contract.stores import InMemory, Postgres, Store
from tests.fakes.consents import FakeConsents

LONG, OVER = timedelta(minutes=10), timedelta(seconds=-1)


@dataclass
class Bench:
    """Consents, and the store whose sessions they are begun in."""

    store: Store
    consents: Consents

    def session(self, firm_id: str = "north", life: timedelta = LONG) -> str:
        actor = Actor("connection page", Role.FIRM_ADMIN, frozenset({firm_id}))
        visitor = Visitor(actor, f"firm:{firm_id}", Way.CONNECT_LINK, SessionLimits(LONG, life))
        with self.store.unit_of_work() as uow:
            secret = uow.sessions.open(visitor, "a browser").secret
            uow.commit()
        return secret

    def begin(self, session: str, life: timedelta = LONG) -> Begun | None:
        return self.consents.begin(session, "north", life)

    def take(self, session: str, state: str) -> tuple[str, str] | None:
        return self.consents.take(session, state)


@pytest.fixture
def bench(request: pytest.FixtureRequest, store: Store) -> Bench:
    if isinstance(store, InMemory):
        return Bench(store, FakeConsents(store.unit_of_work, store.clock))
    assert isinstance(store, Postgres)
    vault = Vault({"k1": bytes(range(32))}, "k1")
    return Bench(store, PostgresConsents(request.getfixturevalue("contract_pool"), vault))


def test_nothing_is_begun_or_taken_in_a_session_that_is_over_or_invented(bench: Bench) -> None:
    assert bench.begin(bench.session(life=OVER)) is None
    assert bench.begin("invented") is None
    session = bench.session()
    begun = bench.begin(session, OVER)
    assert begun is not None
    assert bench.take(session, begun.state) is None
    assert bench.take(session, "invented") is None


def test_a_state_is_worth_nothing_once_its_session_has_ended(bench: Bench) -> None:
    session = bench.session()
    begun = bench.begin(session)
    assert begun is not None
    with bench.store.unit_of_work() as uow:
        uow.sessions.end("firm:north", ALL_FIRMS)
        uow.commit()
    assert bench.take(session, begun.state) is None


def test_a_state_gives_its_firm_and_verifier_once(bench: Bench) -> None:
    session = bench.session()
    begun = bench.begin(session)
    assert begun is not None
    assert 43 <= len(begun.verifier) <= 128
    assert bench.take(session, begun.state) == ("north", begun.verifier)
    assert bench.take(session, begun.state) is None


def test_a_state_brought_by_another_session_is_used_up_and_gives_nothing(bench: Bench) -> None:
    mine, theirs = bench.session(), bench.session("south")
    begun = bench.begin(mine)
    assert begun is not None
    assert bench.take(theirs, begun.state) is None
    assert bench.take(mine, begun.state) is None


def test_beginning_again_voids_the_earlier_state(bench: Bench) -> None:
    session = bench.session()
    first, second = bench.begin(session), bench.begin(session)
    assert first is not None
    assert second is not None
    assert bench.take(session, first.state) is None
    assert bench.take(session, second.state) is not None
