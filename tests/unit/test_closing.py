"""Each firm says in its own way that a case is closed (API sheet, section 15, 3)."""

from datetime import UTC, datetime, timedelta

import pytest

from core.closing import ClosedRule
from tests.fakes.samples import NOON, a_source_case

A_DATE = datetime(2026, 10, 1, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "closed_at", "stage", "closed"),
    [
        # a closing date that has come, whatever status and stage say
        ("Treating", A_DATE, None, True),
        (None, A_DATE, None, True),
        ("Treating", NOON, "Open", True),
        ("Treating", NOON + timedelta(milliseconds=1), None, False),
        ("Treating", TOMORROW, None, False),
        # SmartAdvocate's own stage
        ("Treating", None, "Closed", True),
        (None, None, "Closed", True),
        ("Treating", TOMORROW, "Closed", True),
        ("Treating", None, "closed", False),
        ("Treating", None, "Closed Case", False),
        ("Treating", None, "Litigation", False),
        # the main status
        ("Closed Case", None, None, True),
        ("Closed Case", TOMORROW, "Litigation", True),
        ("Closed", None, None, True),
        ("closed", None, None, False),
        ("Closed ", None, None, False),
        ("Closed - Referred", None, None, False),
        # nothing of it
        ("Treating", None, None, False),
        (None, None, None, False),
        ("", None, "", False),
    ],
)
def test_by_default_a_date_that_has_come_closes_or_the_stage_or_the_status(
    status: str | None, closed_at: datetime | None, stage: str | None, closed: bool
) -> None:
    case = a_source_case(status=status, closed_at=closed_at, source_stage=stage)
    assert ClosedRule().is_closed(case, NOON) is closed


def test_each_step_is_a_setting() -> None:
    by_date = a_source_case(closed_at=A_DATE)
    by_stage = a_source_case(source_stage="Closed")
    by_status = a_source_case(status="Closed Case")
    assert not ClosedRule(closed_date_means_closed=False).is_closed(by_date, NOON)
    assert not ClosedRule(stage_names=()).is_closed(by_stage, NOON)
    assert not ClosedRule(()).is_closed(by_status, NOON)
    assert ClosedRule(stage_names=("Archive",)).is_closed(a_source_case(source_stage="Archive"), NOON)
    rule = ClosedRule(("Archived", "Lost"), closed_date_means_closed=False)
    assert rule.is_closed(a_source_case(status="Lost"), NOON)
    assert not rule.is_closed(a_source_case(status="Closed", closed_at=A_DATE), NOON)


def test_a_date_in_the_future_closes_when_it_comes() -> None:
    case = a_source_case(closed_at=TOMORROW)
    assert ClosedRule().closes_at(case, NOON) == TOMORROW
    assert ClosedRule().closes_at(case, TOMORROW) is None
    assert ClosedRule().is_closed(case, TOMORROW)


def test_what_is_closed_already_or_never_by_date_has_no_closing_to_come() -> None:
    assert ClosedRule().closes_at(a_source_case(status="Closed", closed_at=TOMORROW), NOON) is None
    assert ClosedRule().closes_at(a_source_case(), NOON) is None
    by_status = ClosedRule(closed_date_means_closed=False)
    assert by_status.closes_at(a_source_case(closed_at=TOMORROW), NOON) is None


def test_a_rule_is_stored_so_that_an_older_release_can_read_it_unless_it_names_stages() -> None:
    assert set(ClosedRule().to_data()) == {"status_names", "closed_date_means_closed"}
    assert ClosedRule(stage_names=("Archive",)).to_data()["stage_names"] == ["Archive"]
