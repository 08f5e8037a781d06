"""The pages of nightly exception reports, over fakes: listed, read and opened as a spreadsheet."""

from datetime import date, timedelta

import pytest

from core.actor import SYSTEM
from core.credentials import PasswordCredentials
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.pages.site import Site, text_of

HERE = "/firms/north/exception-reports"
MONDAY = date(2026, 11, 2)


def a_report(day: date, cases: int, listed: int) -> dict[str, object]:
    same = {"reason": "no_client", "in_words": "no client <i>", "next_step": "add one"}
    rows = [
        {
            "case_integration_id": f"3004{n}",
            "readable_id": f"24-{n}",
            "imported": n > 0,
            "client": f"Client {n}",
            **same,
        }
        for n in range(listed)
    ]
    summary = {"day": day.isoformat(), "run_id": 7, "cases": cases, "by_reason": {"no_client": cases}}
    return {**summary, "listed": rows}


@pytest.fixture
def site() -> Site:
    service = FakeService()
    service.connect(SYSTEM, a_firm("north"), PasswordCredentials("integration", "a password"))
    service.connect(SYSTEM, a_firm("south"), PasswordCredentials("integration", "a password"))
    with service.units_of_work(SYSTEM) as uow:
        for n in range(32):
            uow.reports.save_exceptions("north", MONDAY - timedelta(days=n), a_report(MONDAY, n, 0))
        uow.reports.save_exceptions("north", MONDAY, a_report(MONDAY, 1_150, 103))
        uow.reports.save_exceptions("south", MONDAY, a_report(MONDAY, 77, 1))
        uow.commit()
    return Site(service.desk)


def test_reports_are_listed_by_pages_the_newest_first_with_their_reasons(site: Site) -> None:
    page = site.get(HERE)
    assert page.count("/cases.csv") == 30
    said = text_of(page)
    assert "2 November 2026 1,150 No client: 1,150 CSV of 2 November 2026" in said
    assert "77" not in said
    assert f'href="{HERE}?before=2026-10-04"' in page
    older = site.get(f"{HERE}?before=2026-10-04")
    assert older.count("/cases.csv") == 2
    assert "No earlier report" in site.says(f"{HERE}?before=2020-01-01")


def test_a_report_shows_each_case_with_its_reason_and_what_to_do_by_pages(site: Site) -> None:
    page = site.get(f"{HERE}/2026-11-02")
    said = text_of(page)
    assert "1,150 cases did not sync that night" in said
    assert "24-1 Client 1 yes, as it was No client <i> Add one" in said
    assert "o client <i>" not in page, "what others wrote is text"
    assert page.count('class="tight"><a') == 100
    assert "1,047 more are not listed" not in said
    last = site.get(f"{HERE}/2026-11-02?from_row=100")
    assert last.count('class="tight"><a') == 3
    assert "1,047 more are not listed" in text_of(last)


def test_a_report_is_opened_as_a_spreadsheet_without_clients(site: Site) -> None:
    answer = site.http.get(f"{HERE}/2026-11-02/cases.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="exceptions-2026-11-02.csv"'
    lines = answer.content.decode().splitlines()
    assert len(lines) == 1 + 103 + 1
    assert "24-0,no,no client <i>,add one,30040" in lines
    assert "Client" not in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/2020-01-01", 404), ("/2020-01-01/cases.csv", 404), ("/yesterday", 400), ("?before=never", 400)],
)
def test_a_day_without_a_report_or_that_is_none_is_said(site: Site, path: str, status: int) -> None:
    assert site.http.get(HERE + path).status_code == status


def test_a_firm_without_reports_is_told_when_there_will_be_one() -> None:
    service = FakeService()
    service.connect(SYSTEM, a_firm("north"), PasswordCredentials("integration", "a password"))
    assert "There is one after each nightly sync" in Site(service.desk).says(HERE)
