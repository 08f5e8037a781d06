"""Names that match nothing are listed with counts and the closest candidates."""

from adapters.system.closest import closest_names
from core.actor import SYSTEM
from core.case import SkipReason
from core.queries.unmatched_names import UnmatchedNames
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService


def test_the_closest_names_come_first_letter_case_aside() -> None:
    candidates = ["Treatment", "Demand Sent", "Settled", "Treatment Completed"]
    assert closest_names("demand sent", candidates)[0] == "Demand Sent"
    assert closest_names("Treatmnt", candidates)[0] == "Treatment"
    assert closest_names("xyzzy", candidates) == []


def test_names_are_listed_with_their_cases_and_candidates_of_their_own_scope() -> None:
    service = FakeService()
    firm = service.with_firm(a_firm())
    for number in range(3):
        service.smartadvocate.put_case("north", a_source_case(f"a{number}", case_type="auto accident"))
    service.smartadvocate.put_case("north", a_source_case("b", status="treating"))
    service.start_sync(SYSTEM, firm)
    service.work()
    area, stage = UnmatchedNames(service.store.unit_of_work, closest_names)(SYSTEM, firm)
    assert (area.name.reason, area.name.name, area.name.cases) == (
        SkipReason.PRACTICE_AREA_UNMAPPED,
        "auto accident",
        3,
    )
    assert area.candidates[0] == "Auto Accident"
    assert (stage.name.scope, stage.name.name, stage.name.cases) == ("Personal Injury", "treating", 1)
    assert stage.candidates[0] == "Treating"
