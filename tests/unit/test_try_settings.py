"""How many cases settings would change: counted over all, or told over how many."""

from datetime import timedelta

import pytest

from core.actor import SYSTEM
from core.closing import ClosedRule
from core.errors import NeedsPersonError, TransientError
from core.field_mapping import FieldMapping
from core.reason import Reason
from core.trial import Trial
from core.usecases.steps.latest_cases import FOR
from tests.fakes.faults import Before, Drift
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService

LATELY = 31  # days, the first of which is not over yet
TREATING = ClosedRule(("Treating",))


def a_service(number: int, drift: Drift | None = None) -> FakeService:
    """Return a service with a firm of ten cases a page; each was changed a day before the one after it.

    Those of the last thirty days and a bit are being treated.
    """
    service = FakeService()
    service.with_firm(a_firm(page_size=10))
    service.smartadvocate.drift = drift or Drift()
    now = service.clock.now()
    for age in range(number):
        status = "Treating" if age < LATELY else "Demand"
        case = a_source_case(str(1000 + age), modified_at=now - timedelta(days=age), status=status)
        service.smartadvocate.put_case("north", case)
    return service


def _no_records() -> NeedsPersonError:
    error = NeedsPersonError("No records found", reason=Reason.ROUTE_UNKNOWN)
    error.status = 404
    return error


def tried(service: FakeService) -> Trial:
    trial = service.preview_settings.closing(SYSTEM, "north", TREATING).trial
    assert trial is not None
    return trial


@pytest.mark.parametrize(
    "drift",
    [
        Drift(),
        Drift(page_cap=7),
        Drift(unsorted=True),
        Drift(clamps=True),
        Drift(past_the_end=_no_records()),
    ],
)
def test_all_cases_are_counted_however_the_server_gives_them(drift: Drift) -> None:
    trial = tried(a_service(450, drift))
    assert (trial.looked_at, trial.changed, trial.is_whole) == (450, LATELY, True)


def test_what_is_read_in_two_ways_is_counted_as_well() -> None:
    service = a_service(45)
    mapping = FieldMapping.from_data({"description": {"source": {"path": "caseGroup"}}})
    trial = service.preview_settings.field_mapping(SYSTEM, "north", mapping).trial
    assert trial is not None
    assert (trial.looked_at, trial.changed, trial.is_whole) == (45, 45, True)


def test_where_there_is_no_time_for_all_those_changed_lately_are_counted_and_it_is_told() -> None:
    service = a_service(450)
    asked: list[str] = []

    def slow(method: str) -> None:
        asked.append(method)
        service.clock.advance(FOR / 2)

    service.smartadvocate.during = slow
    trial = tried(service)
    assert (trial.looked_at, trial.is_whole, len(asked)) == (20, False, 2)
    assert trial.changed == 20  # the search begins with the oldest change: these are others


def test_a_search_that_breaks_off_leaves_what_was_counted() -> None:
    service = a_service(450)
    away = TransientError("SmartAdvocate is away", reason=Reason.UNAVAILABLE)
    calls = iter(range(100))

    def breaks(_: str) -> None:
        if next(calls) == 2:
            service.smartadvocate.faults.add("search_cases", Before(away))

    service.smartadvocate.during = breaks
    trial = tried(service)
    assert 0 < trial.looked_at < 450
    assert not trial.is_whole


def test_a_firm_without_cases_has_none_that_change() -> None:
    trial = tried(a_service(0))
    assert (trial.looked_at, trial.changed, trial.is_whole) == (0, 0, True)


def test_names_are_read_of_what_changed_last() -> None:
    service = a_service(450)
    service.smartadvocate.during = lambda _: service.clock.advance(FOR)
    names = {name.name for name in service.desk.read_names(SYSTEM, "north") if name.cases}
    assert "Treating" in names
    assert "Demand" not in names
