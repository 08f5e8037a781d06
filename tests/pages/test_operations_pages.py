"""Pages of those who keep casebridge going, as a browser without scripts meets them."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.bulk import BulkState
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.errors import PermissionMissingError, RejectedBySmartAdvocateError
from core.process import HEARTBEAT, AboutProcess, ProcessKind
from core.usecases.receive_events import Incoming
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm, event_body, message_data
from tests.fakes.service import FakeService
from tests.pages.site import ADMIN, MANAGER, Site, hidden, text_of

OLGA = Actor("olga", Role.OPERATOR, ALL_FIRMS)
OF_NORTH = Actor("ned", Role.OPERATOR, frozenset({"north"}))
SECRET = "my hip still hurts"


def a_service() -> FakeService:
    service = FakeService()
    service.with_firm(a_firm("north", name="Norton & Co"), "300417", "300418")
    return service


def fail(service: FakeService, *subjects: str) -> None:
    for minute, subject in enumerate(subjects):
        service.smartadvocate.faults.add("insert_note", Before(RejectedBySmartAdvocateError("too long")))
        service.send(subject, minute=minute, text=SECRET)
        service.work()


def states(service: FakeService) -> list[DeliveryState]:
    return [row.state for row in service.store.deliveries()]


def test_the_list_keeps_its_filter_in_the_address_and_counts_what_matches() -> None:
    service = a_service()
    fail(service, "m-1", "m-2")
    service.send("m-3", minute=3)
    service.work()
    site = Site(service.desk, OLGA)
    everything = site.get("/deliveries")
    assert everything.count('<th scope="row"') == 3
    assert SECRET not in everything
    failed = site.get("/deliveries?state=failed&firm=north")
    assert failed.count('<th scope="row"') == 2
    assert 'value="north"' in failed
    assert re.search(r'value="failed" checked', failed)
    assert "SmartAdvocate refused the content" in text_of(failed)
    assert "2 deliveries" in site.says("/deliveries/count?state=failed&firm=north")
    assert (
        site.http.get("/deliveries/count?state=failed", headers={"hx-request": "true"}).text == "2 deliveries"
    )
    assert "No deliveries match" in site.says("/deliveries?case=999")


def test_processes_are_listed_with_what_they_have_in_hand_and_those_that_are_gone() -> None:
    service = a_service()
    with service.store.unit_of_work() as uow:
        worker = uow.processes.begin(AboutProcess(ProcessKind.WORKER, "host-7", "1.2", 4))
        lost = uow.processes.begin(AboutProcess(ProcessKind.SCHEDULER, "host-8", "1.1"))
        uow.commit()
    service.clock.advance(timedelta(seconds=16))
    with service.store.unit_of_work() as uow:
        uow.processes.renew(worker)
        uow.processes.declare_gone(uow.processes.look(), HEARTBEAT)
        uow.commit()
    site = Site(service.desk, OLGA)
    page = site.get("/processes")
    assert "data-live" in page
    living, _, gone = text_of(page).partition("Gone within the last day")
    assert f"Worker number {worker} host-7 1.2" in living
    assert "0 of 4" in living
    assert f"Scheduler number {lost} host-8" in gone
    site.actor = OF_NORTH
    site.get("/processes", 403)
    assert 'href="/processes"' not in site.get("/deliveries")


def test_pages_of_the_list_follow_each_other_and_none_comes_twice() -> None:
    service = a_service()
    for number in range(60):
        service.send(f"m-{number}", case_integration_id=f"9{number}")
    site = Site(service.desk, OLGA)
    page, seen = site.get("/deliveries?kind=message-sent"), []
    while True:
        seen += re.findall(r'<th scope="row"><a href="/deliveries/(\d+)"', page)
        following = re.search(r'href="(/deliveries\?[^"]*before[^"]*)" rel="next"', page)
        if following is None:
            break
        page = site.get(following[1].replace("&amp;", "&"))
    assert len(seen) == len(set(seen)) == 60
    assert seen == sorted(seen, key=int, reverse=True)


@pytest.mark.parametrize(
    "address",
    [
        "/deliveries?state=lost",
        "/deliveries?since=soon",
        "/deliveries?since=9999-12-31T23:59-14:00",
        "/deliveries?before=x",
    ],
)
def test_an_address_that_means_nothing_is_said_so(address: str) -> None:
    said = Site(a_service().desk, OLGA).says(address, 400)
    assert "is no" in said
    assert "Connecting" not in said, "it has nothing to do with SmartAdvocate"


def test_a_deliverys_page_tells_what_befell_it_and_lets_it_leave_again() -> None:
    service = a_service()
    fail(service, "m-1")
    [row] = service.store.deliveries()
    site = Site(service.desk, OLGA)
    told = site.says(f"/deliveries/{row.delivery_id}")
    assert "Failed for good: SmartAdvocate refused the content" in told
    assert "too long" in told
    assert SECRET not in site.get(f"/deliveries/{row.delivery_id}")
    assert "It leaves again" in site.done(f"/deliveries/{row.delivery_id}/replay")
    service.work()
    told = site.says(f"/deliveries/{row.delivery_id}")
    assert "Stored in SmartAdvocate" in told
    assert "Somebody let it leave again" in told


def test_everything_that_matches_is_replayed_after_a_question_with_number_and_reason() -> None:
    service = a_service()
    fail(service, "m-1", "m-2")
    site = Site(service.desk, OLGA)
    counted = site.post("/bulk", {"does": "replay", "firm": "north", "state": "failed"})
    operation = str(counted.headers["location"])
    question = site.says(operation)
    assert "Replay 2 deliveries?" in question
    assert "of firm north" in question
    assert states(service) == [DeliveryState.FAILED] * 2
    assert "Say why" in text_of(site.post(f"{operation}/confirm", {"why": " "}).text)
    assert "Confirmed: 2 deliveries to go" in site.done(f"{operation}/confirm", {"why": "they mended it"})
    assert "Waits for a worker" in site.says(operation)
    service.work()
    done = site.says(operation)
    assert "2 deliveries of 2 left again" in done
    assert "they mended it" in done
    assert states(service) == [DeliveryState.DELIVERED] * 2
    assert "they mended it" in site.says("/bulk")
    assert "Bulk confirmed" in site.says("/audit?firm=north")


def test_what_is_given_up_is_told_so_on_its_own_page() -> None:
    service = a_service()
    fail(service, "m-1")
    [row] = service.store.deliveries()
    site = Site(service.desk, OLGA)
    given_up = {"does": "discard", "delivery": str(row.delivery_id), "state": "failed"}
    operation = str(site.post("/bulk", given_up).headers["location"])
    assert "Give up 1 delivery?" in site.says(operation)
    site.done(f"{operation}/confirm", {"why": "sent by post"})
    service.work()
    told = site.says(f"/deliveries/{row.delivery_id}")
    assert "Given up" in told
    assert "given up by olga: sent by post" in told


def test_an_operation_is_cancelled_before_and_after_it_was_confirmed() -> None:
    service = a_service()
    fail(service, "m-1")
    site = Site(service.desk, OLGA)
    for is_confirmed in (False, True):
        operation = str(site.post("/bulk", {"does": "replay", "firm": "north"}).headers["location"])
        if is_confirmed:
            site.done(f"{operation}/confirm", {"why": "by mistake"})
        told = site.done(f"{operation}/cancel")
        assert ("Cancelled; 0 deliveries had been done" if is_confirmed else "Nothing was changed") in told
        service.work()
        found = service.desk.bulk.get(SYSTEM, int(operation.rpartition("/")[2]))
        assert found.state is BulkState.CANCELLED
        assert "decided before" in text_of(site.post(f"{operation}/cancel").text)
    assert states(service) == [DeliveryState.FAILED]


def test_a_firms_administrator_sees_its_own_deliveries_and_no_button_to_give_up() -> None:
    service = a_service()
    fail(service, "m-1")
    site = Site(service.desk, ADMIN)
    page = site.get("/deliveries")
    assert "Replay what matches" in page
    assert "Give up what matches" not in page
    assert "may not" in site.says("/rejected-events", 403).lower()
    refused = site.post("/bulk", {"does": "discard", "firm": "north"})
    assert refused.status_code == 403
    site.actor = Actor("sue", Role.FIRM_ADMIN, frozenset({"south"}))
    [row] = service.store.deliveries()
    site.get(f"/deliveries/{row.delivery_id}", 404)
    assert "Nothing has been sent yet" in site.says("/deliveries")


def reject(service: FakeService, number: int = 3) -> None:
    for _ in range(number):
        service.receive(SYSTEM, [Incoming("http", f'{{"text": "{SECRET}"'.encode())])


def test_rejected_events_stand_in_groups_without_what_they_hold() -> None:
    service = a_service()
    reject(service)
    site = Site(service.desk, OLGA)
    shown = site.get("/rejected-events")
    assert SECRET not in shown
    assert "Judge again…" not in shown, "counting may take longer than the list"
    page = site.get("/rejected-events/by-reason")
    assert SECRET not in page
    assert "Judge again…" in page
    part = site.http.get("/rejected-events/by-reason", headers={"hx-request": "true"}).text
    assert text_of(part) in text_of(page)
    assert "<html" not in part
    asked = site.asked("/rejected-events/replay", hidden(page) | {"event": ""})
    assert "Judge 3 events of the reason" in asked
    fields = {k: v for k, v in hidden(page).items() if k != "event"}
    assert "0 events accepted, 3 still rejected" in site.done(
        "/rejected-events/replay", {**fields, "sure": "yes"}
    )


def test_rejected_events_are_given_up_with_a_reason() -> None:
    service = a_service()
    reject(service)
    site = Site(service.desk, OLGA)
    fields = {k: v for k, v in hidden(site.get("/rejected-events/by-reason")).items() if k != "event"}
    assert "Give up 3 events" in site.asked("/rejected-events/discard", fields)
    reject(service, 1)  # while the question stood open
    assert "Say why" in text_of(site.post("/rejected-events/discard", {**fields, "sure": "yes"}).text)
    told = site.done("/rejected-events/discard", {**fields, "sure": "yes", "why": "a test of theirs"})
    assert "3 events given up" in told
    assert len(service.desk.records.rejected_events(OLGA, 10, with_replayed=False)) == 1
    assert "a test of theirs" in site.says("/audit")


def test_what_is_late_is_told_by_firm_with_the_reason() -> None:
    service = a_service()
    site = Site(service.desk, OLGA)
    assert "Nothing is late" in site.says("/operations")
    service.smartadvocate.faults.add("insert_note", Before(PermissionMissingError("HTTP 403")))
    service.send("m-1")
    service.work()
    service.clock.advance(timedelta(minutes=30))
    told = site.says("/operations")
    assert "Norton & Co" in told
    assert "lacks a right" in told
    assert "30 minutes" in told
    service.desk.pause_firm(OLGA, "north", service.clock.now() + timedelta(hours=1), "they move")
    assert "paused by olga" in site.says("/operations")
    site.actor = Actor("sue", Role.OPERATOR, frozenset({"south"}))
    assert "Norton" not in site.says("/operations")


def test_schedules_say_in_words_what_is_due_when() -> None:
    service = a_service()
    service.two_minutes_later()
    told = Site(service.desk, OLGA).says("/schedules")
    for words in (
        "Every 2 minutes",
        "Every day from 21:15 UTC, firm by firm over 45 minutes",
        "In time",
        "Cases, nightly",
    ):
        assert words in told
    service.clock.advance(timedelta(hours=2))
    assert "Overdue" in Site(service.desk, OLGA).says("/schedules")


def test_tables_and_the_support_bundle_are_for_those_who_reach_all_firms() -> None:
    service = a_service()
    site = Site(service.desk, OF_NORTH)
    for address in ("/schedules", "/tables", "/support-bundle", "/rejected-events"):
        site.get(address, 403)
    site.actor = OLGA
    assert "deliveries" in site.says("/tables")
    assert "No transaction is open now that does." in site.says("/tables")
    assert "What is not" in site.says("/support-bundle")


def test_the_support_bundle_is_a_zip_of_json() -> None:
    service = a_service()
    fail(service, "m-1")
    answer = Site(service.desk, MANAGER).post("/support-bundle")
    assert answer.headers["content-type"] == "application/zip"
    assert "casebridge-support-2026" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as folder:
        assert folder.testzip() is None
        sections = {name: json.loads(folder.read(name)) for name in folder.namelist()}
    assert sections["firms.json"][0]["firm"] == "north"
    assert SECRET not in json.dumps(sections)
    assert "Norton" not in json.dumps(sections)


# --- ids, and what was announced


def told_of(service: FakeService) -> FakeService:
    service.jobs_published()
    return service


@pytest.mark.parametrize("of", ["message", "note", "case"])
def test_the_id_of_a_message_a_case_or_a_note_leads_to_the_whole_story(of: str) -> None:
    service = a_service()
    service.send("m-1", text=SECRET)
    service.work()
    [row] = service.desk.deliveries.find(OLGA, Selection(), 1)
    wanted = {"message": "m-1", "note": str(row.stored_id), "case": "300417"}[of]
    page = Site(service.desk, ADMIN).get(f"/look-up?id={wanted}")
    said = text_of(page)
    assert "Message m-1" in said
    assert "Stored in SmartAdvocate" in said or of == "case"
    assert 'href="/firms/north/cases/300417"' in page
    assert SECRET not in page


def test_an_id_of_another_firm_or_of_nothing_leads_nowhere_and_every_page_has_the_form() -> None:
    service = a_service()
    service.send("m-1")
    site = Site(service.desk, Actor("eve", Role.FIRM_ADMIN, frozenset({"south"})))
    assert "Nothing is called so" in site.says("/look-up?id=m-1")
    assert "Nothing is called so" not in site.says("/look-up")
    assert '<form class="look-up" method="get" action="/look-up"' in site.get("/deliveries")


def test_what_was_announced_is_seen_without_texts_and_sent_again() -> None:
    service = told_of(a_service())
    numbers = [row.number for row in service.desk.announcements.newest(OLGA, None, None, None, None, 9).rows]
    site = Site(service.desk, MANAGER)
    listed = site.says("/announcements?firm=north")
    assert "A case was imported" in listed
    assert "No announcements match" in site.says("/announcements?case=999")
    page = site.get(f"/announcements/{numbers[0]}")
    assert "Send it again" in page
    assert "It is sent again, with the id it had" in site.done(f"/announcements/{numbers[0]}/send")
    assert "it waits for its turn" in site.says(f"/announcements/{numbers[0]}")
    site.actor = OLGA
    assert "Send it again" not in site.get(f"/announcements/{numbers[0]}"), (
        "operators change nothing of a firm"
    )
    site.actor = Actor("eve", Role.FIRM_ADMIN, frozenset({"south"}))
    site.get(f"/announcements/{numbers[0]}", 404)


# --- an event at hand


def test_an_operator_learns_what_would_become_of_an_event_and_nothing_is_taken_or_kept() -> None:
    service = a_service()
    site = Site(service.desk, OLGA)
    assert 'href="/events/validate"' in site.get("/events/validate"), "it stands in the menu"
    before = (len(service.store.tables.deliveries), len(service.store.tables.rejected))
    said = text_of(site.post("/events/validate", {"event": event_body(message_data("m-77")).decode()}).text)
    assert "It meets the contract What Message Its id m-77 Firm north Case 300417" in said
    wrong = event_body(message_data("m-78", direction="sideways", sender_name="<b>Eve</b>")).decode()
    page = site.post("/events/validate", {"event": wrong}).text
    assert "It would be rejected" in text_of(page)
    assert "data.direction" in text_of(page)
    assert "<b>Eve" not in page, "what was typed is text"
    assert "sideways" in page, "and is still there"
    for broken in ("", "{", "[1]"):
        assert "It would be rejected: " in text_of(site.post("/events/validate", {"event": broken}).text)
    assert (len(service.store.tables.deliveries), len(service.store.tables.rejected)) == before


def test_an_event_of_a_firm_that_is_not_the_operators_would_be_refused_and_says_nothing_of_it() -> None:
    site = Site(a_service().desk, Actor("olga", Role.OPERATOR, frozenset({"north"})))
    said = text_of(
        site.post("/events/validate", {"event": event_body(message_data(firm_id="south")).decode()}).text
    )
    assert "It would be refused: firm not allowed" in said


def test_a_firms_administrator_validates_nothing() -> None:
    site = Site(a_service().desk, ADMIN)
    assert site.http.get("/events/validate").status_code == 403
    assert site.post("/events/validate", {"event": "{}"}).status_code == 403
