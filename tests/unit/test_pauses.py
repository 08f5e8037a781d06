"""A firm whose SmartAdvocate asked for a pause is left alone by all jobs until that is over."""

from datetime import timedelta

import pytest

from core.actor import SYSTEM
from core.announcement import Announcement, AnnouncementKind
from core.errors import RateLimitedError
from core.ports.admission import DEFAULT_PAUSE
from core.ports.tries import TRIES
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


def test_who_resumes_a_firm_gives_what_is_set_aside_of_it_a_try_as_the_issue_about_it_advises() -> None:
    service = FakeService()
    service.with_firm(a_firm(), "300417")
    with service.units_of_work(SYSTEM) as uow:
        uow.outbox.announce([Announcement(AnnouncementKind.CASE_UPDATED, "north", "300417")])
        uow.commit()
    reader = service.store.outbox_reader()
    with reader.window(100) as window:
        bad = window.rows[-1].row_id
        window.mark_published([row.row_id for row in window.rows if row.row_id != bad])
    for _ in range(TRIES):
        with reader.window(100) as window:
            window.mark_failed([bad])
    with reader.window(100) as window:
        assert not window.rows
    assert service.desk.resume_firm(SYSTEM, "north") is None
    with reader.window(100) as window:
        assert [row.row_id for row in window.rows] == [bad]
        window.mark_published([bad])
    assert service.store.tables.issues == {}
