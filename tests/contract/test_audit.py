"""What the audit log promises (`core.ports.audit.Audit`)."""

from datetime import timedelta

from core.actor import ALL_FIRMS, Actor, Role
from core.audit import AuditAction
from tests.contract.stores import Store

MANAGER = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
ADMIN = Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))


def test_entries_say_who_did_what_to_which_firm_and_when_newest_first(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.audit.record(MANAGER, "north", AuditAction.SYNC_STARTED, {"run_id": 7})
        uow.audit.record(ADMIN, "north", AuditAction.FIRM_CONNECTED)
        uow.commit()
    with store.unit_of_work() as uow:
        newest, oldest = uow.audit.list(ALL_FIRMS)
    assert (newest.actor, newest.firm_id, newest.action, dict(newest.detail)) == (
        ADMIN,
        "north",
        "firm-connected",
        {},
    )
    assert (oldest.actor, oldest.action, dict(oldest.detail)) == (MANAGER, "sync-started", {"run_id": 7})
    assert abs(oldest.at - store.now()) < timedelta(minutes=1)


def test_a_list_is_of_one_firm_or_of_all_and_ends_at_its_limit(store: Store) -> None:
    with store.unit_of_work() as uow:
        for firm_id in ("north", "south", None, "north"):
            uow.audit.record(MANAGER, firm_id, AuditAction.ISSUE_MUTED)
        assert [entry.firm_id for entry in uow.audit.list(ALL_FIRMS)] == ["north", None, "south", "north"]
        assert [entry.firm_id for entry in uow.audit.list(frozenset({"north"}))] == ["north", "north"]
        assert len(uow.audit.list(frozenset({"north"}), limit=1)) == 1


def test_an_entry_of_a_change_that_was_rolled_back_never_was(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.audit.record(MANAGER, "north", AuditAction.ISSUE_MUTED)
    with store.unit_of_work() as uow:
        assert uow.audit.list(ALL_FIRMS) == []
