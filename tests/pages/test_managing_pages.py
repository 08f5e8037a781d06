"""Pages of implementation managers, as a browser without scripts meets them."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.issue import IssueKind
from core.run import RunState, Trigger
from core.stage import PracticeAreas
from tests.fakes.samples import AREAS, a_firm, a_source_case
from tests.fakes.service import FakeService
from tests.pages.site import ADMIN, MANAGER, Site, text_of

OLGA = Actor("olga", Role.OPERATOR, ALL_FIRMS)


def a_service() -> FakeService:
    service = FakeService()
    service.with_firm(a_firm("north", name="Norton & Co"), "300417")
    service.add_firm(SYSTEM, a_firm("south", name="Southerly"))
    return service


def test_firms_stand_in_the_order_in_which_they_need_somebody() -> None:
    service = a_service()
    with service.units_of_work(SYSTEM) as uow:
        uow.issues.open("north", IssueKind.CASE_VANISHED, "1", "gone")
        uow.commit()
    site = Site(service.desk, MANAGER)
    page = site.get("/firms")
    assert [*re.findall(r'href="/firms/(\w+)">', page)] == ["south", "north"]
    assert "None yet" in text_of(page)
    assert "Less than a day ago" in text_of(page)
    service.clock.advance(timedelta(days=5))
    page = site.get("/firms?by=problems")
    assert [*re.findall(r'href="/firms/(\w+)">', page)] == ["north", "south"]
    assert "5 days ago" in text_of(page)
    assert "Southerly" not in site.says("/firms?q=norton")
    assert "No firm is called so" in site.says("/firms?q=nobody")


def test_pages_of_firms_follow_each_other() -> None:
    service = FakeService()
    for number in range(120):
        service.add_firm(SYSTEM, a_firm(f"firm-{number:03}"))
    site, seen = Site(service.desk, MANAGER), []
    page = site.get("/firms")
    while True:
        seen += re.findall(r'<th scope="row"><a href="/firms/([\w-]+)"', page)
        following = re.search(r'href="(/firms\?[^"]*firm=[^"]*)" rel="next"', page)
        if following is None:
            break
        page = site.get(following[1].replace("&amp;", "&"))
    assert len(seen) == len(set(seen)) == 120
    site.get("/firms?firm=x&at=never", 400)


def test_the_checklist_says_what_is_done_and_where_the_rest_is_done() -> None:
    service = a_service()
    told = Site(service.desk, MANAGER).says("/firms/north/go-live")
    assert "steps to go" in told or "step to go" in told
    assert "SmartAdvocate is connected" in told
    assert "Test cases were compared and agreed" in told
    assert "The first ten years of cases are here" in told


def test_a_firms_own_people_have_no_such_page() -> None:
    service = a_service()
    site = Site(service.desk, Actor("sue", Role.FIRM_ADMIN, frozenset({"south"})))
    site.get("/firms/north/go-live", 403)
    site.actor = ADMIN
    site.get("/firms/north/reset", 403)
    site.get("/firms/north/copy", 403)
    assert site.post("/firms/north/pause", {"hours": "1", "why": "no"}).status_code == 403
    assert site.post("/firms/north/look").status_code == 403


def test_a_connect_link_is_shown_once_and_works_once() -> None:
    service = a_service()
    site = Site(service.desk, MANAGER)
    page = site.post("/firms/north/connect-link").text
    [link] = re.findall(r"<code>(https://\S+)</code>", page)
    assert link not in site.get("/firms/north/go-live")
    with service.units_of_work(SYSTEM) as uow:
        assert uow.sessions.open_link(link.rpartition("/")[2], "") is not None
        assert uow.sessions.open_link(link.rpartition("/")[2], "") is None


def test_a_firm_is_paused_with_a_reason_and_goes_on() -> None:
    service = a_service()
    site = Site(service.desk, OLGA)
    assert "Say why" in text_of(site.post("/firms/north/pause", {"hours": "4"}).text)
    assert "Paused for 4 hours" in site.done("/firms/north/pause", {"hours": "4", "why": "their move"})
    assert "olga paused it until" in site.says("/firms/north/go-live")
    assert "by olga" in site.says("/firms")
    assert re.search(r"Firm paused.* Until: \d+ \w+ \d{4}, \d\d:\d\d ", site.says("/audit?firm=north"))
    service.send("m-1")
    service.work()
    assert "delivered" not in [row.state for row in service.store.deliveries()]
    site.actor = ADMIN
    assert site.post("/firms/north/resume").status_code == 403
    site.actor = OLGA
    assert "It goes on" in site.done("/firms/north/resume")
    assert site.post("/firms/north/pause", {"hours": "9999", "why": "x"}).status_code == 400


def test_a_reset_first_says_what_it_would_take_and_starts_nothing() -> None:
    service = a_service()
    for number in range(30):
        service.smartadvocate.put_case("north", a_source_case(f"4004{number:02}"))
    service.smartadvocate.drift.overcounts = 0  # it tells how many there are
    site = Site(service.desk, MANAGER)
    runs = len(service.store.tables.runs)
    assert "Look how much it would be" in site.says("/firms/north/reset")
    asked = site.asked("/firms/north/reset")
    assert "31" in asked
    assert "5 requests a second" in asked
    assert len(service.store.tables.runs) == runs
    answer = site.post("/firms/north/reset", {"sure": "yes"})
    assert answer.status_code == 303
    run = max(service.store.tables.runs.values(), key=lambda run: run.run_id)
    assert (run.trigger, run.state) == (Trigger.RESET, RunState.WAITING)
    assert str(answer.headers["location"]) == f"/firms/north/runs/{run.run_id}"


def test_another_firms_mapping_is_taken_over_after_a_look_at_what_would_change() -> None:
    service = a_service()
    service.desk.change_settings.practice_areas(SYSTEM, "south", PracticeAreas(AREAS.areas[:0]))
    site = Site(service.desk, MANAGER)
    preview = site.says("/firms/south/copy?from=north")
    assert "Practice areas and stages" in preview
    assert "Auto Accident" in preview
    told = site.done("/firms/south/copy", {"from": "north", "setting": "practice-areas"})
    assert "Taken over from north: practice areas and stages" in told
    with service.units_of_work(SYSTEM) as uow:
        north, south = uow.firms.get("north"), uow.firms.get("south")
    assert north is not None
    assert south is not None
    assert south.practice_areas == north.practice_areas
    assert "Mapping copied" in site.says("/audit?firm=south")
    assert "Nothing would change" in site.says("/firms/south/copy?from=north")
    site.get("/firms/south/copy?from=nobody", 404)
    site.get("/firms/south/copy?from=south", 400)


@pytest.mark.parametrize("firm_id", ["north", "n r%th"])
def test_whoever_looks_as_the_firm_can_change_nothing_there_and_is_in_its_log(firm_id: str) -> None:
    service = a_service()
    with service.units_of_work(SYSTEM) as uow:
        uow.firms.save(replace(service.store.tables.firms["north"], firm_id=firm_id))
        uow.commit()
    site = Site(service.desk, MANAGER)
    base = f"/firms/{quote(firm_id, safe='')}"
    answer = site.post(f"{base}/look")
    assert (answer.status_code, answer.headers["location"]) == (303, base)
    if firm_id == "north":
        refused = site.post(f"{base}/pause", {"hours": "1", "why": "x"})
        assert refused.status_code == 403
        assert "as the firm does" in refused.text
    site.get("/firms/south/go-live")  # elsewhere one is oneself
    site.done("/stop-looking")
    site.get(f"{base}/go-live")
    assert service.desk.records.audit_log(MANAGER, firm_id, 1)[0].action == "firm-looked-at"
