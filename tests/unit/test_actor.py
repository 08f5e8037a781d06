"""Who may do what, with which firms."""

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Role, reach_of
from core.errors import NotAllowedError
from core.reason import Reason

MANAGER = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
ADMIN = Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))
PROGRAM = Actor("portal", Role.SERVICE, frozenset({"north", "south"}), frozenset({Power.SEND_EVENTS}))
NOBODY = Actor("eve", Role.FIRM_ADMIN)


@pytest.mark.parametrize("power", [Power.LOOK, Power.CHANGE, Power.MANAGE])
def test_an_implementation_manager_does_everything_for_every_firm(power: Power) -> None:
    MANAGER.must(power, "south")
    MANAGER.must_everywhere(power)
    assert MANAGER.within(power, None) is ALL_FIRMS
    assert MANAGER.within(power, "south") == frozenset({"south"})


def test_an_administrator_reaches_the_own_firm_only() -> None:
    ADMIN.must(Power.CHANGE, "north")
    assert ADMIN.within(Power.LOOK, None) == frozenset({"north"})
    with pytest.raises(NotAllowedError, match="'south', only for 'north'") as refused:
        ADMIN.must(Power.LOOK, "south")
    assert (refused.value.reason, refused.value.facts.firm_id) == (Reason.NOT_ALLOWED, "south")
    with pytest.raises(NotAllowedError, match="all firms"):
        ADMIN.must_everywhere(Power.LOOK)


def test_an_administrator_does_not_do_what_is_for_managers() -> None:
    with pytest.raises(NotAllowedError, match="for implementation managers"):
        ADMIN.must(Power.MANAGE, "north")


def test_who_names_no_firm_sees_none() -> None:
    for refused in (
        lambda: NOBODY.must(Power.LOOK, "north"),
        lambda: NOBODY.must_anywhere(Power.LOOK),
        lambda: NOBODY.must_everywhere(Power.LOOK),
        lambda: NOBODY.within(Power.LOOK, None),
    ):
        with pytest.raises(NotAllowedError):
            refused()


def test_a_program_does_what_its_scopes_say_and_no_more() -> None:
    PROGRAM.must(Power.SEND_EVENTS, "south")
    for power in (Power.LOOK, Power.CHANGE, Power.MANAGE):
        with pytest.raises(NotAllowedError, match="portal"):
            PROGRAM.must(power, "south")


def test_no_person_and_no_manager_sends_events() -> None:
    for actor in (ADMIN, MANAGER):
        with pytest.raises(NotAllowedError):
            actor.must_anywhere(Power.SEND_EVENTS)


def test_what_casebridge_does_by_itself_nobody_else_may_ask_for() -> None:
    SYSTEM.must_be_system()
    for actor in (ADMIN, MANAGER, PROGRAM, NOBODY):
        with pytest.raises(NotAllowedError, match="by itself"):
            actor.must_be_system()


def test_all_firms_are_said_in_so_many_words() -> None:
    assert reach_of(["*"]) is ALL_FIRMS
    assert reach_of([]) == frozenset()
    assert reach_of(["*", "north"]) == frozenset({"*", "north"})


def test_programs_of_one_name_are_one_only_with_the_same_firms_and_scopes() -> None:
    rotated = Actor("portal", Role.SERVICE, frozenset({"south", "north"}), frozenset({Power.SEND_EVENTS}))
    others = [
        Actor("portal", Role.SERVICE, frozenset({"south"}), frozenset({Power.SEND_EVENTS})),
        Actor("portal", Role.SERVICE, ALL_FIRMS, frozenset({Power.SEND_EVENTS})),
        Actor("portal", Role.SERVICE, frozenset({"*"}), frozenset({Power.SEND_EVENTS, Power.LOOK})),
        Actor("portal", Role.OPERATOR, PROGRAM.firms),
    ]
    assert rotated.identity == PROGRAM.identity
    assert len({PROGRAM.identity, *(other.identity for other in others)}) == 5
