"""A firm whose SmartAdvocate asked for a pause is left alone by all jobs until that is over."""

from datetime import timedelta

import pytest

from core.actor import SYSTEM
from core.errors import RateLimitedError
from core.ports.admission import DEFAULT_PAUSE
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("asked", [timedelta(seconds=90), None])
def test_all_jobs_leave_a_paused_firm_alone_and_go_on_after_the_pause(asked: timedelta | None) -> None:
    service = FakeService()
    firm = service.with_firm(a_firm(two_way=True), "300417")
    service.smartadvocate.put_case("north", a_source_case("300418"))
    service.later(timedelta(minutes=2))
    service.smartadvocate.faults.add("insert_note", Before(RateLimitedError("slow", retry_after=asked)))
    service.send("m-1")
    service.work()
    called = service.smartadvocate.calls.total()

    service.send("m-2")
    service.send("m-3", case_integration_id="300418")  # waits for the import of its case
    service.upload("d-1")
    service.start_sync(SYSTEM, firm)
    service.later((asked or DEFAULT_PAUSE) - SECOND)
    assert service.smartadvocate.calls.total() == called
    service.later(2 * SECOND)
    service.twenty_minutes_later()
    assert len(service.smartadvocate.inserted) == 3
    assert len(service.smartadvocate.uploaded) == 1
