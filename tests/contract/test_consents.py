"""What links, sessions and states promise (`core.ports.consents.Consents`)."""

from datetime import timedelta

import pytest

from adapters.postgres.tokens.consents import PostgresConsents
from adapters.postgres.tokens.vault import Vault
from core.ports.consents import Consents
from tests.contract.stores import Postgres
from tests.fakes import FakeClock
from tests.fakes.consents import FakeConsents

LONG, OVER = timedelta(minutes=10), timedelta(seconds=-1)


@pytest.fixture(params=["in memory", "postgres"])
def consents(request: pytest.FixtureRequest) -> Consents:
    if request.param == "in memory":
        return FakeConsents(FakeClock())
    pool = request.getfixturevalue("contract_pool")
    Postgres(pool).close()  # empties it
    return PostgresConsents(pool, Vault({"k1": bytes(range(32))}, "k1"))


def session_of(consents: Consents, firm_id: str = "north", life: timedelta = LONG) -> str:
    session = consents.open_link(consents.new_link(firm_id, LONG), life)
    assert session is not None
    return session


def test_a_link_opens_one_session_of_its_firm(consents: Consents) -> None:
    link = consents.new_link("north", LONG)
    session = consents.open_link(link, LONG)
    assert session is not None
    assert consents.firm_of(session) == "north"
    assert consents.open_link(link, LONG) is None


def test_a_session_says_when_it_is_over(consents: Consents) -> None:
    ends = [consents.ends_at(session_of(consents, life=life)) for life in (LONG, 2 * LONG)]
    assert ends[0] is not None
    assert ends[1] is not None
    assert timedelta(minutes=9) < ends[1] - ends[0] < timedelta(minutes=11)
    assert ends[0].utcoffset() == timedelta()


def test_old_or_invented_links_sessions_and_states_are_worth_nothing(consents: Consents) -> None:
    assert consents.open_link(consents.new_link("north", OVER), LONG) is None
    assert consents.open_link("invented", LONG) is None
    over = session_of(consents, life=OVER)
    assert consents.firm_of(over) is None
    assert consents.ends_at(over) is None
    assert consents.ends_at("invented") is None
    assert consents.begin(over, LONG) is None
    assert consents.firm_of("invented") is None
    session = session_of(consents)
    begun = consents.begin(session, OVER)
    assert begun is not None
    assert consents.take(session, begun.state) is None
    assert consents.take(session, "invented") is None


def test_a_state_gives_its_firm_and_verifier_once(consents: Consents) -> None:
    session = session_of(consents)
    begun = consents.begin(session, LONG)
    assert begun is not None
    assert 43 <= len(begun.verifier) <= 128
    assert consents.take(session, begun.state) == ("north", begun.verifier)
    assert consents.take(session, begun.state) is None


def test_a_state_brought_by_another_session_is_used_up_and_gives_nothing(consents: Consents) -> None:
    mine, theirs = session_of(consents), session_of(consents, "south")
    begun = consents.begin(mine, LONG)
    assert begun is not None
    assert consents.take(theirs, begun.state) is None
    assert consents.take(mine, begun.state) is None


def test_beginning_again_voids_the_earlier_state(consents: Consents) -> None:
    session = session_of(consents)
    first, second = consents.begin(session, LONG), consents.begin(session, LONG)
    assert first is not None
    assert second is not None
    assert consents.take(session, first.state) is None
    assert consents.take(session, second.state) is not None
