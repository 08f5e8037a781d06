"""Each firm says in its own way that a case is closed."""

from datetime import UTC, datetime

import pytest

from core.closing import ClosedRule

A_DATE = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "closed_at", "closed"),
    [
        ("Closed", None, True),
        ("closed", None, False),
        ("Closed ", None, False),
        ("Treating", None, False),
        ("Treating", A_DATE, True),
        (None, A_DATE, True),
        (None, None, False),
        ("", None, False),
    ],
)
def test_by_default_the_status_closed_or_a_closed_date_closes(
    status: str | None, closed_at: datetime | None, closed: bool
) -> None:
    assert ClosedRule().is_closed(status, closed_at) is closed


def test_a_firm_may_go_by_its_own_status_names_alone() -> None:
    rule = ClosedRule(("Archived", "Lost"), closed_date_means_closed=False)
    assert rule.is_closed("Lost", None)
    assert not rule.is_closed("Closed", A_DATE)
