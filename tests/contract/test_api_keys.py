"""What API keys promise (`core.ports.api_keys.ApiKeys`)."""

from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, Actor, Power, Reach, Role
from core.api_key import KeyState, NewKey
from tests.contract.stores import Store

HOUR = timedelta(hours=1)
NORTH, SOUTH = frozenset({"north"}), frozenset({"south"})
LOOK = frozenset({Power.LOOK, Power.SEND_EVENTS})


def add(store: Store, firms: Reach = NORTH, life: timedelta | None = HOUR) -> NewKey:
    with store.unit_of_work() as uow:
        made = uow.api_keys.add("portal", LOOK, firms, None if life is None else store.now() + life, "ada")
        uow.commit()
    return made


def test_a_key_is_found_by_its_secret_and_shows_no_more_than_how_it_begins(store: Store) -> None:
    made = add(store)
    with store.unit_of_work() as uow:
        found = uow.api_keys.find(made.secret)
        assert uow.api_keys.find(made.secret + "x") is None
        assert uow.api_keys.find("") is None
    assert found == made.key
    assert found is not None
    assert found.actor() == Actor("portal", Role.SERVICE, NORTH, LOOK)
    assert made.secret.startswith(found.begins)
    assert len(found.begins) < len(made.secret)
    assert made.secret not in f"{made!r} {found!r}"
    assert (found.state(store.now()), found.made_by, found.used_at) == (KeyState.GOOD, "ada", None)


@pytest.mark.parametrize("firms", [ALL_FIRMS, NORTH | SOUTH, NORTH])
@pytest.mark.parametrize("within", [ALL_FIRMS, NORTH | SOUTH, NORTH, SOUTH, frozenset[str]()])
def test_who_does_not_reach_all_firms_of_a_key_does_not_see_it(
    store: Store, firms: Reach, within: Reach
) -> None:
    key = add(store, firms).key
    is_seen = within is ALL_FIRMS or (firms is not ALL_FIRMS and firms <= within)
    with store.unit_of_work(Actor("mona", Role.IMPLEMENTATION_MANAGER, within)) as uow:
        assert (uow.api_keys.get(key.key_id, within) is not None) is is_seen
        assert bool(uow.api_keys.list(within)) is is_seen


def test_a_key_expires_by_the_stores_clock_and_one_without_an_end_does_not(store: Store) -> None:
    short, endless = add(store), add(store, life=None)
    store.let_time_pass(2 * HOUR)
    with store.unit_of_work() as uow:
        keys = [uow.api_keys.find(made.secret) for made in (short, endless)]
    assert [key.state(store.now()) for key in keys if key] == [KeyState.EXPIRED, KeyState.GOOD]


def test_a_key_with_a_successor_goes_on_for_the_overlap_and_never_longer_than_before(store: Store) -> None:
    endless, short, new = add(store, life=None), add(store, life=HOUR), add(store)
    with store.unit_of_work() as uow:
        for made in (endless, short):
            uow.api_keys.follow(made.key.key_id, new.key.key_id, 5 * HOUR)
        uow.commit()
    with store.unit_of_work() as uow:
        keys = [uow.api_keys.find(made.secret) for made in (endless, short)]
    assert [key.state(store.now()) for key in keys if key] == [KeyState.ENDING] * 2
    assert [key.followed_by for key in keys if key] == [new.key.key_id] * 2
    store.let_time_pass(2 * HOUR)
    with store.unit_of_work() as uow:
        keys = [uow.api_keys.find(made.secret) for made in (endless, short)]
    assert [key.state(store.now()) for key in keys if key] == [KeyState.ENDING, KeyState.EXPIRED]


def test_a_revoked_key_is_so_from_the_first_time_on(store: Store) -> None:
    made = add(store)
    with store.unit_of_work() as uow:
        uow.api_keys.revoke(made.key.key_id)
        uow.commit()
    store.let_time_pass(timedelta(minutes=10))
    with store.unit_of_work() as uow:
        uow.api_keys.revoke(made.key.key_id)
        uow.commit()
    with store.unit_of_work() as uow:
        key = uow.api_keys.find(made.secret)
    assert key is not None
    assert key.state(store.now()) is KeyState.REVOKED
    assert key.revoked_at is not None
    assert store.now() - key.revoked_at > timedelta(minutes=9)


def test_use_is_noted(store: Store) -> None:
    made = add(store)
    with store.unit_of_work() as uow:
        uow.api_keys.note_use(made.key.key_id)
        uow.commit()
    with store.unit_of_work() as uow:
        key = uow.api_keys.find(made.secret)
    assert key is not None
    assert key.used_at is not None
    assert abs(key.used_at - store.now()) < timedelta(minutes=1)


def test_a_firm_that_is_forgotten_is_in_no_key_and_a_key_for_it_alone_is_revoked(store: Store) -> None:
    only, both, every = (add(store, firms) for firms in (NORTH, NORTH | SOUTH, ALL_FIRMS))
    with store.unit_of_work() as uow:
        uow.api_keys.forget_firm("north")
        uow.commit()
    with store.unit_of_work() as uow:
        keys = [uow.api_keys.find(made.secret) for made in (only, both, every)]
        assert uow.api_keys.list(NORTH) == []
        assert len(uow.api_keys.list(ALL_FIRMS)) == 3
        assert uow.api_keys.get(only.key.key_id, SOUTH) is None, "nobody's are for those of all firms"
    states = [key.state(store.now()) for key in keys if key]
    assert states == [KeyState.REVOKED, KeyState.GOOD, KeyState.GOOD]
    assert [key.firms for key in keys if key] == [frozenset(), SOUTH, ALL_FIRMS]


def test_keys_are_listed_by_pages_the_newest_first(store: Store) -> None:
    made = [add(store).key.key_id for _ in range(3)]
    with store.unit_of_work() as uow:
        first = [key.key_id for key in uow.api_keys.list(ALL_FIRMS, 2)]
        rest = [key.key_id for key in uow.api_keys.list(ALL_FIRMS, 2, before=first[-1])]
    assert first + rest == made[::-1]


def test_keys_are_found_by_part_of_their_names_or_by_a_firm(store: Store) -> None:
    with store.unit_of_work() as uow:
        for name, firms in (("Portal", NORTH), ("100% mail", NORTH | SOUTH), ("all", ALL_FIRMS)):
            uow.api_keys.add(name, LOOK, firms, None, "ada")
        uow.commit()
    with store.unit_of_work() as uow:
        found = {
            words: [key.name for key in uow.api_keys.list(ALL_FIRMS, words=words)]
            for words in ("pORT", "100%", "south", "_", "POR\x00", "")
        }
    assert found == {
        "pORT": ["Portal"],
        "100%": ["100% mail"],
        "south": ["100% mail"],
        "_": [],
        "POR\x00": ["Portal"],
        "": ["all", "100% mail", "Portal"],
    }


def test_a_good_key_is_known_by_its_name_and_one_that_is_over_is_not(store: Store) -> None:
    short, endless = add(store, life=HOUR), add(store, NORTH | SOUTH, life=None)
    with store.unit_of_work() as uow:
        assert uow.api_keys.good_named("portal", ALL_FIRMS) == endless.key
        assert uow.api_keys.good_named("portal", NORTH) == short.key
        assert uow.api_keys.good_named("Portal", ALL_FIRMS) is None
        uow.api_keys.revoke(endless.key.key_id)
        uow.commit()
    store.let_time_pass(2 * HOUR)
    with store.unit_of_work() as uow:
        assert uow.api_keys.good_named("portal", ALL_FIRMS) is None
        assert uow.api_keys.list(ALL_FIRMS, with_over=False) == []
        assert len(uow.api_keys.list(ALL_FIRMS)) == 2
