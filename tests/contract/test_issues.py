"""What the issues promise (`core.ports.issues.Issues`)."""

from datetime import timedelta

from core.ports.issues import Issue
from tests.contract.stores import Store


def open_issue(
    store: Store, key: str = "key", *, firm_id: str = "north", kind: str = "kind", message: str = "m"
) -> None:
    with store.unit_of_work() as uow:
        uow.issues.open(firm_id, kind, key, message)
        uow.commit()


def resolve(store: Store, kind: str = "kind", key: str | None = None, firm_id: str = "north") -> int:
    with store.unit_of_work() as uow:
        number = uow.issues.resolve(firm_id, kind, key)
        uow.commit()
    return number


def listed(store: Store, firm_id: str | None = None) -> list[Issue]:
    with store.unit_of_work() as uow:
        return list(uow.issues.list_open(firm_id))


def test_an_issue_is_open_from_then_on(store: Store) -> None:
    open_issue(store, message="what happened, and the next step")
    [issue] = listed(store)
    assert (issue.firm_id, issue.kind, issue.key) == ("north", "kind", "key")
    assert (issue.message, issue.times) == ("what happened, and the next step", 1)
    assert issue.opened_at == issue.last_seen_at
    assert abs(issue.opened_at - store.now()) < timedelta(minutes=1)


def test_a_repeat_updates_the_open_issue(store: Store) -> None:
    open_issue(store, message="first")
    store.let_time_pass(timedelta(hours=1))
    open_issue(store, message="second")
    [issue] = listed(store)
    assert (issue.message, issue.times) == ("second", 2)
    assert issue.last_seen_at - issue.opened_at >= timedelta(hours=1)


def test_issues_are_apart_by_firm_kind_and_key_and_listed_oldest_first(store: Store) -> None:
    open_issue(store, "b")
    open_issue(store, "a")
    open_issue(store, "b", kind="other")
    open_issue(store, "b", firm_id="south")
    open_issue(store, "b")
    assert [(i.firm_id, i.kind, i.key) for i in listed(store)] == [
        ("north", "kind", "b"),
        ("north", "kind", "a"),
        ("north", "other", "b"),
        ("south", "kind", "b"),
    ]
    assert [i.kind for i in listed(store, "south")] == ["kind"]
    assert listed(store, "nobody") == []


def test_one_issue_is_resolved_by_its_key_or_all_of_a_kind_without(store: Store) -> None:
    for key in "abc":
        open_issue(store, key)
    open_issue(store, "a", kind="other")
    open_issue(store, "a", firm_id="south")
    assert resolve(store, key="b") == 1
    assert resolve(store, key="b") == 0
    assert resolve(store) == 2
    assert [(i.firm_id, i.kind) for i in listed(store)] == [("north", "other"), ("south", "kind")]


def test_an_issue_that_comes_back_is_a_new_one(store: Store) -> None:
    open_issue(store)
    open_issue(store)
    resolve(store)
    open_issue(store)
    assert [issue.times for issue in listed(store)] == [1]
