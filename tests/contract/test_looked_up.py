"""What an id leads to that several firms have: each within the reach of who asks, no more than asked for."""

from core.actor import ALL_FIRMS, Reach
from core.delivery import Attempt, DeliveryState
from core.event import EventKind
from core.ports.deliveries import NewDelivery
from tests.contract.lanes import save_firm
from tests.contract.stores import Store
from tests.fakes.samples import a_case, a_document, a_firm, a_message

FIRMS = ("east", "north", "south")
ID, NOTE = "300417", "4711"


def three_firms(store: Store) -> None:
    """Each with a case, a document, a shared note and a message of one id, which became a note of another."""
    for firm_id in FIRMS:
        save_firm(store, a_firm(firm_id))
        message = a_message(ID, firm_id=firm_id, case_integration_id=ID)
        owner = store.owner(firm_id)
        with store.unit_of_work() as uow:
            uow.cases.save(firm_id, [a_case(ID), a_case("300418")])
            uow.shared_notes.remember(firm_id, ID, [ID, "other"], announced=True)
            uow.deliveries.add([NewDelivery(message), NewDelivery(a_document(ID, firm_id=firm_id))])
            uow.deliveries.add([NewDelivery(a_message("m-2", firm_id=firm_id, case_integration_id="2"))])
            uow.commit()
        with store.unit_of_work() as uow:
            lanes = uow.deliveries.claim(firm_id, EventKind.MESSAGE_SENT, owner=owner, lanes=9, limit=9)
            [first] = [one for lane in lanes for one in lane.deliveries if one.subject_id == ID]
            done = Attempt(first, DeliveryState.DELIVERED, store.now(), stored_id=NOTE)
            uow.deliveries.record(owner, [done])
            cases = [lane.case_integration_id for lane in lanes]
            uow.deliveries.release(firm_id, EventKind.MESSAGE_SENT, owner, cases)
            uow.commit()


def led_to(store: Store, firms: Reach, name: str, limit: int = 20) -> tuple[list[str], list[str], list[str]]:
    """Return the firms of the deliveries, the cases and the shared notes that are called so."""
    with store.unit_of_work() as uow:
        deliveries = [f"{one.firm_id} {one.kind.value}" for one in uow.deliveries.named(firms, name, limit)]
        cases = list(uow.cases.firms_with(firms, name, limit))
        return sorted(deliveries), cases, [note.firm_id for note in uow.shared_notes.seen(firms, name, limit)]


def test_an_id_leads_to_all_firms_that_have_it_and_to_no_others(store: Store) -> None:
    three_firms(store)
    for firms, expected in (
        (ALL_FIRMS, FIRMS),
        (frozenset({"north", "south", "gone"}), ("north", "south")),
        (frozenset({"east"}), ("east",)),
        (frozenset[str](), ()),
    ):
        kinds = (EventKind.DOCUMENT_UPLOADED, EventKind.MESSAGE_SENT)
        both = sorted(f"{firm_id} {kind.value}" for firm_id in expected for kind in kinds)
        assert led_to(store, firms, ID) == (both, list(expected), list(expected))
        became = [f"{firm_id} {EventKind.MESSAGE_SENT.value}" for firm_id in expected]
        assert led_to(store, firms, NOTE) == (became, [], [])
        assert led_to(store, firms, "nobody") == ([], [], [])


def test_no_more_is_told_than_was_asked_for_the_newest_deliveries_first(store: Store) -> None:
    three_firms(store)
    deliveries, cases, notes = led_to(store, ALL_FIRMS, ID, limit=2)
    assert deliveries == [f"south {kind.value}" for kind in sorted(EventKind)]
    assert cases == notes == ["east", "north"]
