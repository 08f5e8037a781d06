"""What the versions of settings promise (`core.ports.firms.Firms`)."""

from datetime import timedelta

from core.actor import ALL_FIRMS, Actor, Role
from core.setting_version import SettingKind
from tests.contract.stores import Store

ADA = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
TOM = Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))


def test_versions_count_over_all_kinds_of_a_firm(store: Store) -> None:
    with store.unit_of_work() as uow:
        assert uow.firms.add_version("north", SettingKind.FIELD_MAPPING, {"a": 1}, ADA) == 1
        assert uow.firms.add_version("north", SettingKind.PRACTICE_AREAS, [{"name": "ä"}], TOM) == 2
        assert uow.firms.add_version("south", SettingKind.CLOSING, {}, ADA) == 1
        uow.commit()
    with store.unit_of_work() as uow:
        newest, oldest = uow.firms.versions("north")
    assert (newest.version, newest.kind, newest.data, newest.actor) == (
        2,
        SettingKind.PRACTICE_AREAS,
        [{"name": "ä"}],
        TOM,
    )
    assert (oldest.version, oldest.kind, oldest.data, oldest.actor) == (
        1,
        SettingKind.FIELD_MAPPING,
        {"a": 1},
        ADA,
    )
    assert abs(newest.at - store.now()) < timedelta(minutes=1)


def test_a_list_is_of_one_kind_and_ends_at_its_limit(store: Store) -> None:
    with store.unit_of_work() as uow:
        for kind in (SettingKind.CLOSING, SettingKind.FIELD_MAPPING, SettingKind.CLOSING):
            uow.firms.add_version("north", kind, {}, ADA)
        assert [v.version for v in uow.firms.versions("north", SettingKind.CLOSING)] == [3, 1]
        assert [v.version for v in uow.firms.versions("north", limit=2)] == [3, 2]
        assert [v.version for v in uow.firms.versions("north", before=2**63 - 1)] == [3, 2, 1]
        assert uow.firms.versions("nobody") == []
