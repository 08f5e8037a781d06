"""What the firms promise (`core.ports.firms.Firms`)."""

from dataclasses import replace

import pytest

from core.actor import ALL_FIRMS
from core.closing import ClosedRule
from core.field_mapping import FieldMapping
from core.firm import ConnectionState, Firm, SyncMode
from core.night import PLACES, place_of
from core.stage import PracticeArea, PracticeAreas, Stage
from tests.contract.stores import Store
from tests.fakes.samples import NOON, a_firm


def save(store: Store, *firms: Firm) -> None:
    with store.unit_of_work() as uow:
        for firm in firms:
            uow.firms.save(firm)
        uow.commit()


def test_a_firm_comes_back_with_every_setting_it_was_saved_with(store: Store) -> None:
    firm = Firm(
        "north",
        "Nörth & Söhne",
        base_url="https://sa.firm.test/CaseSyncAPI/",
        connection=ConnectionState.RECONNECT_REQUIRED,
        sync_mode=SyncMode.INDIVIDUALLY,
        nightly_sync=False,
        immediate=False,
        time_zone="America/Chicago",
        country="CA",
        search_rows_complete=False,
        page_size=77,
        concurrency=5,
        practice_areas=PracticeAreas(
            (PracticeArea("Injury", (Stage("Open", ("New", "neu")), Stage("Done")), ("Auto", "Fall")),)
        ),
        mapping=FieldMapping.from_data(
            {
                "lead_attorney": {"source": {"staff": ["Boss"]}},
                "stage": {"source": {"track": "Litigation"}, "required": False},
                "client_phone": {"source": {"phone": ["cell"]}},
                "description": {"source": {"path": "incident.state"}, "required": True},
                "case_date": {"source": None},
            }
        ),
        settings_version=3,
        closed=ClosedRule(("Closed", "Archived"), closed_date_means_closed=False),
        profile={"envelope": "records", "routes": {"search": "case/byDatePaged"}},
    )
    save(store, firm)
    with store.unit_of_work() as uow:
        assert uow.firms.get("north") == firm


def test_an_unknown_firm_is_none(store: Store) -> None:
    with store.unit_of_work() as uow:
        assert uow.firms.get("nobody") is None


def test_all_firms_come_by_id(store: Store) -> None:
    save(store, a_firm("b"), a_firm("a"), a_firm("C"), a_firm("é"))
    with store.unit_of_work() as uow:
        assert [firm.firm_id for firm in uow.firms.all(ALL_FIRMS)] == ["C", "a", "b", "é"]


def test_saving_again_replaces_settings_and_leaves_the_pause_and_the_first_sync(store: Store) -> None:
    save(store, a_firm(paused_until=NOON))
    with store.unit_of_work() as uow:
        before = uow.firms.get("north")
        uow.firms.mark_first_synced("north", NOON)
        uow.commit()
        assert before is not None
        uow.firms.save(replace(before, name="Renamed", paused_until=None))
        uow.commit()
        after = uow.firms.get("north")
    assert after == replace(before, name="Renamed", paused_until=NOON, first_synced_at=NOON)


def test_known_tells_which_exist_and_whether_they_take_immediate_deliveries(store: Store) -> None:
    save(store, a_firm("a"), a_firm("b", immediate=False))
    with store.unit_of_work() as uow:
        assert uow.firms.known(["a", "b", "nobody", "a"]) == {"a": True, "b": False}
        assert uow.firms.known([]) == {}


def test_firms_alike_differ_in_letter_case_and_blanks_alone(store: Store) -> None:
    save(store, a_firm("north"), a_firm("NORTH "), a_firm("northern"), a_firm("nord"))
    with store.unit_of_work() as uow:
        assert list(uow.firms.alike(" North")) == ["NORTH ", "north"]
        assert list(uow.firms.alike("north")) == ["NORTH "]
        assert list(uow.firms.alike("south")) == []
        assert list(uow.firms.alike("%")) == []


def test_nightly_names_connected_firms_that_sync_by_night_whatever_their_mode(store: Store) -> None:
    save(
        store,
        a_firm("new"),
        a_firm("old"),
        a_firm("by-hand", nightly_sync=False),
        a_firm("one-by-one", sync_mode=SyncMode.INDIVIDUALLY),
        a_firm("lost", connection=ConnectionState.RECONNECT_REQUIRED),
        a_firm("fresh", connection=ConnectionState.NOT_CONNECTED),
    )
    with store.unit_of_work() as uow:
        uow.firms.mark_first_synced("old", NOON)
        found = uow.firms.nightly(0, PLACES, 10)
        assert sorted(found) == [("new", True), ("old", False), ("one-by-one", True)]
        assert uow.firms.nightly_among(["old", "lost", "by-hand", "new", "nobody"]) == ["new", "old"]
        assert uow.firms.nightly_among([]) == []


def test_nightly_goes_by_the_places_that_the_core_gives(store: Store) -> None:
    ids = ["north", "south", "Müller & Söhne", "naïve\\x41", *(f"firm-{n}" for n in range(20))]
    save(store, *map(a_firm, ids))
    by_place = sorted(ids, key=place_of)
    with store.unit_of_work() as uow:
        assert [firm_id for firm_id, _ in uow.firms.nightly(0, PLACES, 100)] == by_place
        assert [firm_id for firm_id, _ in uow.firms.nightly(0, PLACES, 5)] == by_place[:5]
        third, sixth = place_of(by_place[3]), place_of(by_place[6])
        assert [firm_id for firm_id, _ in uow.firms.nightly(third, sixth, 100)] == by_place[3:6]
        assert [firm_id for firm_id, _ in uow.firms.nightly(third, third + 1, 100)] == by_place[3:4]
        assert uow.firms.nightly(third + 1, third + 1, 100) == []


def test_a_first_sync_that_is_forgotten_is_still_to_come(store: Store) -> None:
    save(store, a_firm("north"))
    with store.unit_of_work() as uow:
        uow.firms.mark_first_synced("north", NOON)
        uow.firms.forget_first_sync("north")
        assert list(uow.firms.nightly(0, PLACES, 10)) == [("north", True)]


@pytest.mark.parametrize("state", list(ConnectionState))
def test_setting_the_connection_tells_whether_it_differed(store: Store, state: ConnectionState) -> None:
    save(store, a_firm(connection=ConnectionState.CONNECTED))
    with store.unit_of_work() as uow:
        assert uow.firms.set_connection("north", state) is (state is not ConnectionState.CONNECTED)
        assert uow.firms.set_connection("north", state) is False
        firm = uow.firms.get("north")
    assert firm is not None
    assert firm.connection is state


def test_setting_the_connection_of_an_unknown_firm_changes_nothing(store: Store) -> None:
    with store.unit_of_work() as uow:
        assert uow.firms.set_connection("nobody", ConnectionState.CONNECTED) is False
        assert uow.firms.all(ALL_FIRMS) == []


def test_the_ids_of_some_firms_or_of_all_come_in_order(store: Store) -> None:
    save(store, a_firm("south"), a_firm("north"), a_firm("east"))
    with store.unit_of_work() as uow:
        assert list(uow.firms.ids(ALL_FIRMS)) == ["east", "north", "south"]
        assert list(uow.firms.ids(frozenset({"south", "west"}))) == ["south"]
        assert list(uow.firms.ids(frozenset())) == []
