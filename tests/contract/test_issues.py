"""What the issues promise (`core.ports.issues.Issues`)."""

from datetime import timedelta

from core.actor import ALL_FIRMS
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.issue import Issue, IssueKind
from core.reason import Reason
from tests.contract.lanes import add, claim, give_back, record, save_firm
from tests.contract.stores import Store
from tests.fakes.samples import a_message

KIND, OTHER = IssueKind.SYNC_FAILED, IssueKind.CASE_VANISHED


def open_issue(
    store: Store, key: str = "key", *, firm_id: str = "north", kind: IssueKind = KIND, message: str = "m"
) -> None:
    with store.unit_of_work() as uow:
        uow.issues.open(firm_id, kind, key, message)
        uow.commit()


def resolve(store: Store, kind: IssueKind = KIND, key: str | None = None, firm_id: str = "north") -> int:
    with store.unit_of_work() as uow:
        number = uow.issues.resolve(firm_id, kind, key)
        uow.commit()
    return number


def listed(store: Store, firm_id: str | None = None) -> list[Issue]:
    with store.unit_of_work() as uow:
        return list(uow.issues.list_open(ALL_FIRMS if firm_id is None else frozenset({firm_id})))


def test_an_issue_is_open_from_then_on(store: Store) -> None:
    open_issue(store, message="what happened, and the next step")
    [issue] = listed(store)
    assert (issue.firm_id, issue.kind, issue.key) == ("north", KIND, "key")
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
    open_issue(store, "b", kind=OTHER)
    open_issue(store, "b", firm_id="south")
    open_issue(store, "b")
    assert [(i.firm_id, i.kind, i.key) for i in listed(store)] == [
        ("north", KIND, "b"),
        ("north", KIND, "a"),
        ("north", OTHER, "b"),
        ("south", KIND, "b"),
    ]
    assert [i.kind for i in listed(store, "south")] == [KIND]
    assert listed(store, "nobody") == []


def test_one_issue_is_resolved_by_its_key_or_all_of_a_kind_without(store: Store) -> None:
    for key in "abc":
        open_issue(store, key)
    open_issue(store, "a", kind=OTHER)
    open_issue(store, "a", firm_id="south")
    assert resolve(store, key="b") == 1
    assert resolve(store, key="b") == 0
    assert resolve(store) == 2
    assert [(i.firm_id, i.kind) for i in listed(store)] == [("north", OTHER), ("south", KIND)]


def test_an_issue_that_comes_back_is_a_new_one(store: Store) -> None:
    open_issue(store)
    open_issue(store)
    resolve(store)
    open_issue(store)
    assert [issue.times for issue in listed(store)] == [1]


def test_a_muted_issue_is_opened_and_counted_but_not_listed(store: Store) -> None:
    until = store.now() + timedelta(hours=1)
    with store.unit_of_work() as uow:
        uow.issues.mute("north", KIND, "key", until)
        uow.commit()
    open_issue(store)
    open_issue(store)
    open_issue(store, "other")
    assert [issue.key for issue in listed(store)] == ["other"]
    with store.unit_of_work() as uow:
        muted, other = uow.issues.list_open(frozenset({"north"}), with_muted=True)
    assert (muted.key, muted.times, muted.muted_until, other.muted_until) == ("key", 2, until, None)


def test_a_kind_can_be_muted_as_a_whole_and_for_one_firm_only(store: Store) -> None:
    open_issue(store)
    open_issue(store, "other")
    open_issue(store, firm_id="south")
    open_issue(store, kind=OTHER)
    with store.unit_of_work() as uow:
        uow.issues.mute("north", KIND, None, store.now() + timedelta(hours=1))
        uow.commit()
    assert [(issue.firm_id, issue.kind) for issue in listed(store)] == [
        ("south", KIND),
        ("north", OTHER),
    ]


def test_a_mute_ends_by_time_and_by_hand(store: Store) -> None:
    open_issue(store)
    for ends in (store.now() + timedelta(hours=1), store.now() - timedelta(hours=1)):
        with store.unit_of_work() as uow:
            uow.issues.mute("north", KIND, "key", ends)
            uow.commit()
        assert len(listed(store)) == (ends < store.now())
    with store.unit_of_work() as uow:
        uow.issues.mute("north", KIND, "key", store.now() + timedelta(hours=1))
        uow.commit()
    store.let_time_pass(timedelta(hours=2))
    assert len(listed(store)) == 1


def test_what_is_muted_can_be_shown_again_by_key_or_as_a_whole(store: Store) -> None:
    until = store.now() + timedelta(hours=1)
    with store.unit_of_work() as uow:
        uow.issues.mute("north", KIND, "key", until)
        uow.issues.mute("north", KIND, "other", until)
        uow.issues.mute("north", KIND, None, until)
        uow.issues.mute("north", KIND, "over", store.now() - timedelta(hours=1))
        uow.issues.mute("south", KIND, "key", until)
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.issues.muted("north", KIND) == [None, "key", "other"]
        uow.issues.unmute("north", KIND, "key")
        assert uow.issues.muted("north", KIND) == [None, "other"]
        uow.issues.unmute("north", KIND, None)
        assert uow.issues.muted("north", KIND) == []
        assert uow.issues.muted("south", KIND) == ["key"]
        assert uow.issues.muted("south", OTHER) == []


def settle(store: Store) -> int:
    with store.unit_of_work() as uow:
        settled = uow.issues.resolve_settled()
        uow.commit()
    assert settled.after is None
    return settled.number


def hold(store: Store, subject_id: str, state: DeliveryState, reason: str) -> None:
    """Let a message of a case of its own end so, with its issue."""
    add(store, a_message(subject_id, case_integration_id=subject_id))
    [lane] = claim(store)
    record(store, lane.deliveries[0], state, reason=reason)
    give_back(store, cases=[subject_id])
    open_issue(store, reason, kind=IssueKind(f"delivery_{state}"))


def test_an_issue_about_deliveries_is_over_when_none_is_left(store: Store) -> None:
    save_firm(store)
    hold(store, "1", DeliveryState.HELD, "permission_missing")
    hold(store, "2", DeliveryState.HELD, "permission_missing")
    hold(store, "3", DeliveryState.FAILED, "retries_spent")
    open_issue(store, "permission_missing", kind=IssueKind.DELIVERY_HELD, firm_id="south")
    open_issue(store, "of another kind")
    assert settle(store) == 1
    with store.unit_of_work() as uow:
        uow.deliveries.release_holds("north", [Reason.PERMISSION_MISSING], ["1"])
        uow.commit()
    assert settle(store) == 0
    with store.unit_of_work() as uow:
        uow.deliveries.release_holds("north", [Reason.PERMISSION_MISSING])
        uow.commit()
    assert settle(store) == 1
    assert [issue.kind for issue in listed(store)] == [IssueKind.DELIVERY_FAILED, KIND]


def test_an_issue_about_a_replayed_delivery_is_over_when_that_went_through(store: Store) -> None:
    save_firm(store)
    hold(store, "1", DeliveryState.FAILED, "retries_spent")
    with store.unit_of_work() as uow:
        assert uow.deliveries.replay(ALL_FIRMS, Selection(), after=0, limit=10).number == 1
        uow.commit()
    assert settle(store) == 0
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.DELIVERED)
    give_back(store, cases=["1"])
    assert settle(store) == 1


def test_many_issues_are_looked_at_in_turn_those_opened_first_first(store: Store) -> None:
    for key in ("c", "a", "b"):
        open_issue(store, key, kind=IssueKind.DELIVERY_HELD)
        open_issue(store, key, kind=OTHER)
    seen = []
    after: int | None = 0
    while after is not None:
        with store.unit_of_work() as uow:
            settled = uow.issues.resolve_settled(after=after, limit=1)
            uow.commit()
        after = settled.after
        seen.append([issue.key for issue in listed(store) if issue.kind == IssueKind.DELIVERY_HELD])
    assert seen == [["a", "b"], ["b"], [], []]
    assert len(listed(store)) == 3, "of the other kind"


def test_one_firms_issues_are_looked_at_without_the_others(store: Store) -> None:
    for firm_id in ("north", "south", "north-2"):
        open_issue(store, "permission_missing", kind=IssueKind.DELIVERY_HELD, firm_id=firm_id)
    with store.unit_of_work() as uow:
        assert uow.issues.resolve_settled("north").number == 1
        uow.commit()
    assert [issue.firm_id for issue in listed(store)] == ["south", "north-2"]
