"""What changed about a case is announced once, and nothing when nothing changed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.announcement import AnnouncementKind
from core.case import SYNCED_FIELDS, Case, Client, Outcome, changed_fields
from core.changes import Change
from tests.fakes.samples import ATTORNEY, NOON, PARALEGAL, a_case

OTHERS: dict[str, Any] = {
    "readable_id": "other",
    "practice_area": "Tax",
    "stage": "Demand",
    "lead_attorney": PARALEGAL,
    "attorneys": (ATTORNEY,),
    "paralegals": (),
    "description": "other",
    "case_date": date(2020, 1, 1),
    "closed": True,
}


def kinds(old: Case | None, new: Case) -> list[str]:
    return [announcement.kind.value for announcement in Change("north", old, new).announcements()]


def test_the_others_cover_every_synced_field() -> None:
    assert set(OTHERS) == set(SYNCED_FIELDS)


@pytest.mark.parametrize("name", SYNCED_FIELDS)
def test_each_synced_field_that_differs_is_a_change(name: str) -> None:
    old = a_case()
    assert changed_fields(old, replace(old, **{name: OTHERS[name]})) == (name,)


def test_client_and_time_of_change_are_no_changes() -> None:
    new = a_case(client=Client("X", "Y", "Z", None), modified_at=NOON)
    assert changed_fields(a_case(), new) == ()
    assert kinds(a_case(), new) == []
    assert Change("north", a_case(), new).outcome is Outcome.UNCHANGED
    assert Change("north", a_case(), new).needs_saving


def test_an_equal_case_needs_nothing() -> None:
    change = Change("north", a_case(), a_case())
    assert (change.outcome, change.needs_saving, change.announcements()) == (Outcome.UNCHANGED, False, [])


def test_a_new_case_is_created_and_announced_whole() -> None:
    change = Change("north", None, a_case())
    [told] = change.announcements()
    assert (change.outcome, change.changed, change.needs_saving) == (Outcome.CREATED, (), True)
    assert (told.kind, told.firm_id, told.subject) == (AnnouncementKind.CASE_IMPORTED, "north", "300417")
    assert told.data["client"]["phone"] == "+12025550143"


def test_a_stage_is_told_by_itself_with_what_it_was() -> None:
    change = Change("north", a_case(stage="Treatment"), a_case(stage="Demand"))
    [told] = change.announcements()
    assert change.outcome is Outcome.UPDATED
    assert told.kind is AnnouncementKind.STAGE_CHANGED
    assert (told.data["old"], told.data["new"]) == ("Treatment", "Demand")


@pytest.mark.parametrize(
    ("was", "is_", "outcome", "kind"),
    [(False, True, Outcome.CLOSED, "case-closed"), (True, False, Outcome.REOPENED, "case-reopened")],
)
def test_closing_and_reopening_are_told(was: bool, is_: bool, outcome: Outcome, kind: str) -> None:
    change = Change("north", a_case(closed=was), a_case(closed=is_))
    assert change.outcome is outcome
    assert kinds(a_case(closed=was), a_case(closed=is_)) == [kind]


def test_everything_at_once_is_told_in_order_each_thing_once() -> None:
    old, new = a_case(), a_case(**OTHERS)
    told = Change("north", old, new).announcements()
    assert [a.kind.value for a in told] == ["case-updated", "stage-changed", "case-closed"]
    assert set(told[0].data["changed"]) == set(SYNCED_FIELDS) - {"stage", "closed"}
