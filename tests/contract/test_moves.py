"""What the store promises of moves between cells (`core.ports.moves.Moves`)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, SYSTEM
from core.audit import AuditAction
from core.errors import FirmMovedError
from core.firm import ConnectionState
from core.move import Move, MoveState, digest_of
from core.night import PLACES
from core.pause import Pause
from tests.contract.lanes import save_firm
from tests.contract.stores import Store
from tests.fakes.samples import NOON, a_firm

PAUSE = Pause(NOON, timedelta(seconds=90), "insert a note", "olga", "they move their server")
LEAVING = Move("north", MoveState.LEAVING, "ada", NOON, digest_of("code"), "code", PAUSE)


def put(store: Store, *moves: Move) -> None:
    with store.unit_of_work() as uow:
        for move in moves:
            uow.moves.lock(move.firm_id)
            uow.moves.put(move)
        uow.commit()


def test_a_move_is_read_as_it_was_put_and_each_takes_the_place_of_the_one_before(store: Store) -> None:
    put(store, LEAVING)
    with store.unit_of_work() as uow:
        assert uow.moves.get("north") == LEAVING
        assert uow.moves.get("south") is None
    later = replace(LEAVING, state=MoveState.LEFT, before=None)
    put(store, later)
    with store.unit_of_work() as uow:
        assert uow.moves.all(ALL_FIRMS) == [later]
        assert uow.moves.all(frozenset({"south"})) == []
        uow.moves.forget("north")
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.moves.get("north") is None


def test_firms_that_are_leaving_or_have_left_are_away_and_those_that_came_are_not(store: Store) -> None:
    put(store, *(replace(LEAVING, firm_id=state.value, state=state) for state in MoveState))
    with store.unit_of_work() as uow:
        assert uow.moves.away([*MoveState, "north"]) == {"leaving", "left"}
        assert uow.moves.away([]) == frozenset()


def test_a_move_outlasts_the_firm(store: Store) -> None:
    save_firm(store, a_firm("north", connection=ConnectionState.DISCONNECTED))
    put(store, replace(LEAVING, state=MoveState.LEFT))
    with store.unit_of_work() as uow:
        uow.firms.delete("north")
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.moves.away(["north"]) == {"north"}


@pytest.mark.parametrize("state", [MoveState.LEAVING, MoveState.LEFT])
def test_nothing_that_a_person_does_to_a_firm_that_is_away_is_taken_down(
    store: Store, state: MoveState
) -> None:
    """Each change of a person's is in the audit log, in its own transaction: so none of them is made."""
    put(store, replace(LEAVING, state=state))
    with store.unit_of_work() as uow, pytest.raises(FirmMovedError):
        uow.audit.record(SYSTEM, "north", AuditAction.SETTINGS_CHANGED)
    with store.unit_of_work() as uow:
        uow.audit.record(SYSTEM, "north", AuditAction.FIRM_LEAVING)
        uow.audit.record(SYSTEM, "south", AuditAction.SETTINGS_CHANGED)
        uow.audit.record(SYSTEM, None, AuditAction.KEYS_ROTATED)
        uow.commit()
    with store.unit_of_work() as uow:
        assert [entry.firm_id for entry in uow.audit.list(ALL_FIRMS)] == [None, "south", "north"]


def test_what_a_person_does_to_a_firm_that_came_is_taken_down(store: Store) -> None:
    put(
        store,
        replace(LEAVING, state=MoveState.ARRIVED),
        replace(LEAVING, firm_id="south", state=MoveState.HERE),
    )
    with store.unit_of_work() as uow:
        for firm_id in ("north", "south"):
            uow.audit.record(SYSTEM, firm_id, AuditAction.SETTINGS_CHANGED)
        uow.commit()
    with store.unit_of_work() as uow:
        assert len(uow.audit.list(ALL_FIRMS)) == 2


@pytest.mark.parametrize("state", MoveState)
def test_nobody_is_written_to_about_a_firm_while_it_is_on_the_move(store: Store, state: MoveState) -> None:
    from core.letter import LetterKind, NewLetter

    save_firm(store, a_firm("north"))
    put(store, replace(LEAVING, state=state))
    with store.unit_of_work() as uow:
        uow.letters.write(NewLetter("north", "ann@north.example", LetterKind.TRIAL, "1"))
        uow.commit()
    with store.unit_of_work() as uow:
        claimed = uow.letters.claim(10, timedelta(minutes=1))
        uow.commit()
    assert bool(claimed) is (state is MoveState.HERE)


@pytest.mark.parametrize("state", MoveState)
def test_no_night_begins_for_a_firm_on_the_move(store: Store, state: MoveState) -> None:
    save_firm(store, a_firm("north"))
    put(store, replace(LEAVING, state=state))
    with store.unit_of_work() as uow:
        assert bool(uow.firms.nightly(0, PLACES, 10)) is (state is MoveState.HERE)
        assert bool(uow.firms.nightly_among(["north"])) is (state is MoveState.HERE)
