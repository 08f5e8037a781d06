"""What deleting a firm promises (`core.ports.firms.Firms`)."""

import json

import pytest

from core.actor import ALL_FIRMS
from core.errors import ConfigurationError, UnknownFirmError
from core.firm import ConnectionState
from core.issue import IssueKind
from core.ports.inbox import RejectedEvent
from core.reason import Reason
from core.schedule import JobName
from tests.contract.lanes import add, due, save_firm
from tests.contract.stores import Store
from tests.fakes.samples import a_case, a_firm, a_message


def fill(store: Store, firm_id: str, connection: ConnectionState = ConnectionState.CONNECTED) -> None:
    """Save a firm with a case, a message, a job and an issue."""
    save_firm(store, a_firm(firm_id, connection=connection))
    add(store, a_message(f"m-{firm_id}", firm_id=firm_id))
    with store.unit_of_work() as uow:
        uow.cases.save(firm_id, [a_case()])
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, [firm_id])
        uow.issues.open(firm_id, IssueKind.SYNC_FAILED, "key", "what happened, and the next step")
        uow.commit()


def delete(store: Store, firm_id: str) -> None:
    with store.unit_of_work() as uow:
        uow.firms.delete(firm_id)
        uow.commit()


def kept(store: Store) -> dict[str, set[str]]:
    """The firms of which something is left, by what."""
    both = {("north", "300417"), ("south", "300417")}
    with store.unit_of_work() as uow:
        return {
            "firms": {firm_id for firm_id in ("north", "south") if uow.firms.get(firm_id)},
            "cases": {firm_id for firm_id, _ in uow.cases.existing(both)},
            "deliveries": {subject_id.removeprefix("m-") for subject_id in store.states()},
            "issues": {issue.firm_id for issue in uow.issues.list_open(ALL_FIRMS)},
        }


def test_a_deleted_firm_leaves_nothing_and_takes_nothing_of_another(store: Store) -> None:
    fill(store, "north", ConnectionState.DISCONNECTED)
    fill(store, "south")
    assert set(map(frozenset, kept(store).values())) == {frozenset({"north", "south"})}
    delete(store, "north")
    assert set(map(frozenset, kept(store).values())) == {frozenset({"south"})}
    assert due(store) == ["south"]


@pytest.mark.parametrize("firm_id", ["north", "Nörth & Co"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_what_was_rejected_of_a_deleted_firm_is_gone_too(
    store: Store, firm_id: str, separators: tuple[str, str], ascii_only: bool
) -> None:
    fill(store, firm_id, ConnectionState.DISCONNECTED)
    bodies = [
        json.dumps(
            {"firm_id": name, "text": firm_id}, separators=separators, ensure_ascii=ascii_only
        ).encode()
        for name in (firm_id, "south")
    ]
    odd = [*bodies, b"\xff\x00", None]
    with store.unit_of_work() as uow:
        uow.inbox.set_aside([RejectedEvent("q", Reason.MALFORMED, "detail", 1, body) for body in odd])
        uow.commit()
    delete(store, firm_id)
    assert [event.body for event in store.rejected()] == odd[1:]


def test_a_firm_of_the_same_name_begins_anew(store: Store) -> None:
    fill(store, "north", ConnectionState.NOT_CONNECTED)
    delete(store, "north")
    save_firm(store, a_firm("north"))
    assert due(store) == []
    add(store, a_message("m-north"))
    assert list(store.states()) == ["m-north"]
    assert due(store) == ["north"]


@pytest.mark.parametrize("state", [ConnectionState.CONNECTED, ConnectionState.RECONNECT_REQUIRED])
def test_a_firm_that_may_still_be_written_to_is_not_deleted(store: Store, state: ConnectionState) -> None:
    fill(store, "north", state)
    with store.unit_of_work() as uow, pytest.raises(ConfigurationError, match="firm 'north' is"):
        uow.firms.delete("north")
    assert set(map(frozenset, kept(store).values())) == {frozenset({"north"})}


def test_an_unknown_firm_cannot_be_deleted(store: Store) -> None:
    with store.unit_of_work() as uow, pytest.raises(UnknownFirmError, match="nobody"):
        uow.firms.delete("nobody")
