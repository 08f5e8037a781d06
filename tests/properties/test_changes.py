"""Any set of changed fields."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.announcement import AnnouncementKind
from core.case import SYNCED_FIELDS, Case
from core.changes import Change
from tests.fakes.samples import ATTORNEY, PARALEGAL, a_case

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


@given(st.sets(st.sampled_from(SYNCED_FIELDS)))
def test_the_stage_is_announced_exactly_when_it_differs(names: set[str]) -> None:
    new = a_case(**{name: OTHERS[name] for name in names})
    assert (AnnouncementKind.STAGE_CHANGED in kinds(a_case(), new)) == ("stage" in names)
    assert set(Change("north", a_case(), new).changed) == names
