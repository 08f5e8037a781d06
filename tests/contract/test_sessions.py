"""What sessions and the links that open them promise (`core.ports.sessions.Sessions`)."""

from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, Actor, Reach, Role
from core.session import Opened, SessionLimits, Visitor, Way
from tests.contract.stores import Store

HOUR = timedelta(hours=1)
LIMITS = SessionLimits(idle=HOUR, whole=3 * HOUR)
BOTH = frozenset({"north", "south"})
NORTH = frozenset({"north"})


def visitor(person: str = "link:ada", firms: Reach = ALL_FIRMS, way: Way = Way.LINK) -> Visitor:
    name = person.partition(":")[2]
    return Visitor(Actor(name, Role.IMPLEMENTATION_MANAGER, firms), person, way, LIMITS)


def opened(store: Store, who: Visitor | None = None, agent: str = "Firefox") -> Opened:
    with store.unit_of_work() as uow:
        session = uow.sessions.open(who or visitor(), agent)
        uow.commit()
    return session


def is_open(store: Store, secret: str) -> bool:
    with store.unit_of_work() as uow:
        return uow.sessions.find(secret) is not None


@pytest.mark.parametrize("firms", [ALL_FIRMS, NORTH, BOTH])
def test_a_session_is_found_by_its_secret_with_all_that_it_is(store: Store, firms: Reach) -> None:
    made = opened(store, visitor(firms=firms), "Firefox 150")
    with store.unit_of_work() as uow:
        found = uow.sessions.find(made.secret)
    assert found == made.session
    assert found is not None
    assert found.actor == Actor("ada", Role.IMPLEMENTATION_MANAGER, firms)
    assert (found.person, found.way, found.agent) == ("link:ada", Way.LINK, "Firefox 150")
    assert (found.idle_until - found.seen_at, found.ends_at - found.issued_at) == (HOUR, 3 * HOUR)
    assert abs(found.issued_at - store.now()) < timedelta(minutes=1)
    assert not is_open(store, made.secret + "x")
    assert not is_open(store, "")


def test_an_idle_session_is_over_and_one_in_use_lasts_to_its_own_end(store: Store) -> None:
    idle, used = opened(store), opened(store)
    for _ in range(2):
        store.let_time_pass(timedelta(minutes=50))
        with store.unit_of_work() as uow:
            uow.sessions.touch(used.session.session_id)
            uow.commit()
    assert not is_open(store, idle.secret)
    assert is_open(store, used.secret)
    with store.unit_of_work() as uow:
        uow.sessions.touch(idle.session.session_id)
        uow.commit()
    assert not is_open(store, idle.secret), "nothing wakes one that is over"
    for _ in range(2):
        store.let_time_pass(timedelta(minutes=45))
        with store.unit_of_work() as uow:
            uow.sessions.touch(used.session.session_id)
            uow.commit()
    assert not is_open(store, used.secret)


def test_a_link_opens_one_session_in_time(store: Store) -> None:
    with store.unit_of_work() as uow:
        link, late = (uow.sessions.new_link(visitor(firms=NORTH), HOUR) for _ in range(2))
        uow.commit()
    with store.unit_of_work() as uow:
        made = uow.sessions.open_link(link, "Firefox")
        uow.commit()
    assert made is not None
    assert made.session.actor.firms == NORTH
    assert is_open(store, made.secret)
    store.let_time_pass(2 * HOUR)
    with store.unit_of_work() as uow:
        assert uow.sessions.open_link(link, "Firefox") is None
        assert uow.sessions.open_link(late, "Firefox") is None
        assert uow.sessions.open_link("invented", "Firefox") is None


def test_a_link_that_was_not_committed_is_still_good(store: Store) -> None:
    with store.unit_of_work() as uow:
        link = uow.sessions.new_link(visitor(), HOUR)
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.sessions.open_link(link, "Firefox") is not None
    with store.unit_of_work() as uow:
        assert uow.sessions.open_link(link, "Firefox") is not None


def test_one_session_of_a_person_is_ended_or_all_and_nobody_elses(store: Store) -> None:
    first, second, third = (opened(store) for _ in range(3))
    other = opened(store, visitor("link:tom"))
    with store.unit_of_work() as uow:
        link = uow.sessions.new_link(visitor(), HOUR)
        assert [session.session_id for session in uow.sessions.of("link:ada", ALL_FIRMS)] == [
            made.session.session_id for made in (third, second, first)
        ]
        assert uow.sessions.end("link:tom", ALL_FIRMS, first.session.session_id) == 0
        assert uow.sessions.end("link:ada", ALL_FIRMS, first.session.session_id) == 1
        assert uow.sessions.end("link:ada", ALL_FIRMS) == 2
        assert uow.sessions.of("link:ada", ALL_FIRMS) == []
        assert uow.sessions.open_link(link, "Firefox") is None, "a link would open another"
        uow.commit()
    assert [is_open(store, made.secret) for made in (first, second, third, other)] == [False] * 3 + [True]


def test_sessions_and_links_that_reach_more_are_left_alone(store: Store) -> None:
    ours, theirs = opened(store, visitor(firms=NORTH)), opened(store, visitor(firms=frozenset({"south"})))
    all_firms, both = opened(store), opened(store, visitor(firms=BOTH))
    with store.unit_of_work() as uow:
        link = uow.sessions.new_link(visitor(), HOUR)
        assert [one.session_id for one in uow.sessions.of("link:ada", NORTH)] == [ours.session.session_id]
        assert uow.sessions.end("link:ada", NORTH, theirs.session.session_id) == 0
        assert uow.sessions.end("link:ada", NORTH) == 1
        assert uow.sessions.open_link(link, "Firefox") is not None
        uow.commit()
    left = (ours, theirs, all_firms, both)
    assert [is_open(store, one.secret) for one in left] == [False, True, True, True]


def test_whoever_goes_by_a_name_loses_sessions_and_links_but_no_firms_visitor_does(store: Store) -> None:
    by_name = opened(store, visitor("link:ada"))
    by_subject = opened(store, visitor("provider:ada", way=Way.PROVIDER))
    guest = opened(store, visitor("firm:ada", NORTH, Way.CONNECT_LINK))
    other = opened(store, visitor("link:tom"))
    with store.unit_of_work() as uow:
        link = uow.sessions.new_link(visitor(), HOUR)
        assert uow.sessions.end_known_as("ada") == 2
        assert uow.sessions.open_link(link, "Firefox") is None
        uow.commit()
    made = (by_name, by_subject, guest, other)
    assert [is_open(store, one.secret) for one in made] == [False, False, True, True]


def test_a_firm_that_is_forgotten_is_in_no_session_and_no_link(store: Store) -> None:
    only, both, every = (opened(store, visitor(firms=firms)) for firms in (NORTH, BOTH, ALL_FIRMS))
    with store.unit_of_work() as uow:
        links = [uow.sessions.new_link(visitor(firms=firms), HOUR) for firms in (NORTH, BOTH)]
        uow.sessions.forget_firm("north")
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.sessions.find(only.secret) is None
        kept = [uow.sessions.find(made.secret) for made in (both, every)]
        assert [session.actor.firms for session in kept if session] == [frozenset({"south"}), ALL_FIRMS]
        assert uow.sessions.open_link(links[0], "Firefox") is None
        left = uow.sessions.open_link(links[1], "Firefox")
    assert left is not None
    assert left.session.actor.firms == frozenset({"south"})


def test_whatever_a_browser_calls_itself_is_kept_short(store: Store) -> None:
    assert len(opened(store, agent="x" * 5_000).session.agent) == 200
    assert "odd" in opened(store, agent="odd\x00\ud800").session.agent
