"""A firm with something of everything, on fakes, for pages to be looked at."""

from datetime import timedelta

from core.actor import SYSTEM
from core.case import Phone
from core.credentials import PasswordCredentials
from core.stage import PracticeArea, PracticeAreas, Stage
from tests.fakes.samples import ATTORNEY, PARALEGAL, a_firm, a_plaintiff, a_source_case
from tests.fakes.service import FakeService

CASE = "300401"  # one that is here, with a message and a document
SIX_A = "LIT 6A – Depositions Complete"
_STATUSES = ("Treating", "Demand", SIX_A, "LIT 6B – Mediation", "Demand sent", "Closed", "Treatment paused")
_LAST_NAMES = ("Okafor", "Nguyen", "O'Neil", "Garcia-Lopez")
AUTO = PracticeArea(
    "Auto",
    (Stage("Treatment", ("Treating",)), Stage("Demand"), Stage("Litigation"), Stage("Settled", ("Closed",))),
    ("Auto Accident",),
)


def busy_firm(cases: int = 40) -> FakeService:
    """Return a service with the firm `north`, after its first import and a night."""
    service = FakeService()
    firm = a_firm(name="Okafor & Reed LLP", practice_areas=PracticeAreas((AUTO,)))
    service.add_firm(SYSTEM, firm)
    service.connect(SYSTEM, firm, PasswordCredentials("integration@firm.test", "secret"))
    for number in range(cases):
        status = _STATUSES[number % len(_STATUSES)]
        service.smartadvocate.put_case(
            "north",
            a_source_case(
                str(300400 + number),
                status=status,
                case_type="Maritime" if number % 11 == 10 else "Auto Accident",
                source_stage="Litigation" if status.startswith("LIT") else "Pre-litigation",
                staff=() if number % 19 == 7 else (ATTORNEY, PARALEGAL),
                plaintiffs=(
                    a_plaintiff(
                        last_name=_LAST_NAMES[number % 4],
                        phones=() if number % 17 == 9 else (Phone("Cell", "2025550143"),),
                    ),
                ),
            ),
        )
    service.start_sync(SYSTEM, firm)
    service.work()
    service.send("m-1", case_integration_id=CASE)
    service.upload("d-1", case_integration_id=CASE)
    service.send("m-2", case_integration_id="399999")
    service.work()
    service.twenty_minutes_later()
    service.smartadvocate.change_case("north", CASE, status="Closed")
    service.later(timedelta(hours=30))
    desk = service.desk
    desk.verify_firm(SYSTEM, firm, [CASE, "300402"])
    desk.read_names(SYSTEM, "north")
    desk.change_settings.practice_areas(SYSTEM, "north", PracticeAreas((AUTO,)))
    desk.set_recipient(SYSTEM, "north", "ada@firm.test", problems=True, exceptions=False)
    service.later(timedelta(minutes=7))
    return service
