import json

import pytest

from tests.sandbox.caller import EVER, Caller


def test_route_and_query_names_are_matched_in_any_letter_case(firm: Caller) -> None:
    number = firm.rows()[0]["caseNumber"]
    url = f"{firm.server.url}/casesyncapi/CASE/caseinfo?CASENUMBER={number}"
    assert firm.api.get(url).json()[0]["caseNumber"] == number


def test_an_unknown_route_is_404_and_a_wrong_verb_405(firm: Caller) -> None:
    assert firm.api.get("contacts").status_code == 404
    assert firm.api.get("case/byDatePaged/x").status_code == 404
    assert firm.api.delete("case/300001").status_code == 405


def test_pages_hold_every_case_once_in_order(firm: Caller) -> None:
    pages = [firm.rows(page, 7) for page in range(16)]
    assert [len(page) for page in pages] == [7] * 14 + [2, 0]
    keys = [(row["modifiedDate"], row["caseID"]) for page in pages for row in page]
    assert len({case_id for _, case_id in keys}) == 100
    truth = {row["caseID"]: row["modifiedDate"] for row in firm.truth()}
    assert {case_id: date for date, case_id in keys} == truth


def test_both_ends_of_the_window_are_inclusive(firm: Caller) -> None:
    rows = firm.rows()
    first, last = rows[10]["modifiedDate"], rows[19]["modifiedDate"]
    inside = firm.rows(modifiedFromDateTime=first, modifiedToDateTime=last)
    assert [row["caseID"] for row in inside] == [row["caseID"] for row in rows[10:20]]


def test_equal_modification_dates_are_ordered_by_id(firm: Caller) -> None:
    ids = firm.case_ids()[:6]
    for case_id in reversed(ids):
        firm.control.post(f"cases/{case_id}", json={"modifiedDate": "2026-11-01T00:00:00Z"})
    window = {"modifiedFromDateTime": "2026-11-01T00:00:00Z", "modifiedToDateTime": "2026-11-01T00:00:00Z"}
    assert [row["caseID"] for page in range(3) for row in firm.rows(page, 2, **window)] == ids


@pytest.mark.parametrize("style", ["ties_at_random", "at_random"])
def test_an_order_at_random_is_another_one_at_each_request(firm: Caller, style: str) -> None:
    for case_id in firm.case_ids()[:20]:
        firm.control.post(f"cases/{case_id}", json={"modifiedDate": "2026-11-01T00:00:00Z"})
    firm.fault("order", style=style)
    orders = [[row["caseID"] for row in firm.rows()] for _ in range(3)]
    assert len({tuple(order) for order in orders}) == 3
    assert len({frozenset(order) for order in orders}) == 1
    times = [row["modifiedDate"] for row in firm.rows()]
    assert (times == sorted(times)) is (style == "ties_at_random")


def test_an_order_by_id_is_kept_where_it_is_asked_for_or_switched_on(firm: Caller) -> None:
    sorts = [{"propertyPath": "caseID", "sortDirection": "Ascending"}]

    def ids(**request: object) -> list[int]:
        request = {"currentPage": 0, "pageSize": 1000, **request}
        answer = firm.api.post("case/byDatePaged", json={**EVER, "pageRequest": request})
        return [row["caseID"] for row in answer.json()["records"]]

    by_time = ids()
    assert ids(sorts=sorts) == sorted(by_time) != by_time
    firm.fault("order", style="by_id")
    assert ids() == sorted(by_time)
    firm.control.put("faults", json={"name": "order", "firm": firm.firm, "style": "newest_first"})
    assert ids() == by_time[::-1]


def test_a_sort_can_be_refused_and_a_total_be_wrong(firm: Caller) -> None:
    firm.fault("refuse_sort", status=422)
    sorts = [{"propertyPath": name} for name in ("modifiedDate", "caseId")]
    request = {"currentPage": 0, "pageSize": 5}
    body = {**EVER, "pageRequest": {**request, "sorts": sorts}}
    assert firm.api.post("case/byDatePaged", json=body).status_code == 422
    body = {**EVER, "pageRequest": {**request, "sorts": sorts[:1]}}
    assert firm.api.post("case/byDatePaged", json=body).status_code == 200
    firm.fault("envelope", style="named")
    firm.fault("wrong_total", more=7)
    assert firm.search().json()["pageRequest"]["totalRecords"] == 107


def test_a_window_is_required(firm: Caller) -> None:
    assert firm.api.post("case/byDatePaged", json={"pageRequest": {}}).status_code == 400
    assert firm.search(modifiedFromDateTime="soon").status_code == 400
    assert firm.api.post("case/byDatePaged", content=b"{").status_code == 400
    assert firm.search(size=0).status_code == 400


def test_case_numbers_narrow_the_window(firm: Caller) -> None:
    numbers = [row["caseNumber"] for row in firm.rows()[:3]]
    assert {row["caseNumber"] for row in firm.rows(caseNumbers=numbers)} == set(numbers)


def test_contacts_come_only_when_asked_for(firm: Caller) -> None:
    assert all("contact" not in p for row in firm.rows() for p in row["plaintiffs"])
    full = firm.rows(query="?AddContactInfo=true")
    assert all("contact" in p for row in full for p in row["plaintiffs"])
    assert full == sorted(firm.truth(), key=lambda row: [r["caseID"] for r in full].index(row["caseID"]))
    case_id = full[0]["caseID"]
    assert "contact" not in firm.api.get(f"case/{case_id}").json()["plaintiffs"][0]
    assert firm.api.get(f"case/{case_id}?addcontactinfo=true").json() == full[0]


@pytest.mark.parametrize(("when", "filled"), [("always", True), ("never", False)])
def test_contacts_can_come_always_or_never(firm: Caller, when: str, filled: bool) -> None:
    firm.fault("contact_info", when=when, purpose=["search-cases", "case-by-id"])
    rows = firm.rows(query="" if filled else "?AddContactInfo=true")
    assert all(("contact" in p) is filled for row in rows for p in row["plaintiffs"])
    number = rows[0]["caseNumber"]
    by_number = firm.api.get("case/CaseInfo", params={"Casenumber": number, "AddContactInfo": "true"}).json()
    assert "contact" in by_number[0]["plaintiffs"][0]


def test_a_case_by_number_is_an_array_and_a_trailing_percent_sign_a_wildcard(firm: Caller) -> None:
    numbers = sorted(row["caseNumber"] for row in firm.rows())
    shared = next(number for number in numbers if f"{number}-2" in numbers)
    exact = firm.api.get("case/CaseInfo", params={"Casenumber": shared}).json()
    assert [row["caseNumber"] for row in exact] == [shared]
    prefix = firm.api.get(f"case/CaseInfo?Casenumber={shared}%25").json()
    assert [row["caseNumber"] for row in prefix] == [shared, f"{shared}-2"]
    assert firm.api.get("case/CaseInfo?Casenumber=none").json() == []


def test_an_unknown_case_is_404(firm: Caller) -> None:
    assert firm.api.get("case/1").status_code == 404
    assert firm.api.get("case/1/notes").status_code == 404
    assert firm.note(1).status_code == 404


def test_a_hidden_case_is_in_no_list_and_404_by_id(firm: Caller) -> None:
    every = {row["caseID"]: row["caseNumber"] for row in firm.truth(hidden=1)}
    hidden = set(every) - {row["caseID"] for row in firm.rows()}
    assert len(hidden) == 1
    case_id = hidden.pop()
    assert firm.api.get(f"case/{case_id}").status_code == 404
    assert firm.note(case_id).status_code == 404
    assert firm.api.get("case/CaseInfo", params={"Casenumber": every[case_id]}).json() == []


def test_summary_rows_leave_out_all_but_a_few_fields(firm: Caller) -> None:
    full = firm.rows()
    firm.fault("summary_rows")
    short = firm.rows()
    assert [row["caseID"] for row in short] == [row["caseID"] for row in full]
    assert set(short[0]) == {
        "caseID", "caseNumber", "caseTypeID", "caseType", "caseStatusID", "caseStatus", "modifiedDate"
    }  # fmt: skip


def test_the_envelope_can_be_an_array_or_named(firm: Caller) -> None:
    ids = [row["caseID"] for row in firm.rows(1, 30)]
    firm.fault("envelope", style="array", times=1)
    assert [row["caseID"] for row in firm.search(1, 30).json()] == ids
    firm.fault("envelope", style="named")
    named = firm.search(1, 30).json()
    assert [row["caseID"] for row in named["cases"]] == ids
    assert named["pageRequest"] == {"currentPage": 1, "pageSize": 30, "totalPages": 4, "totalRecords": 100}


def test_a_page_can_be_cut_short_answered_twice_or_repeated_past_the_end(firm: Caller) -> None:
    pages = [[row["caseID"] for row in firm.rows(page, 40)] for page in range(3)]
    firm.fault("repeat_page", times=1)
    assert [row["caseID"] for row in firm.rows(1, 40)] == pages[0]
    assert [row["caseID"] for row in firm.rows(1, 40)] == pages[1]
    firm.fault("repeat_last_page")
    assert [row["caseID"] for row in firm.rows(3, 40)] == pages[2]
    firm.fault("page_cap", size=10)
    assert [row["caseID"] for row in firm.rows(1, 40)] == pages[0][10:20]


def test_dates_can_be_local_with_daylight_saving(firm: Caller) -> None:
    ids = firm.case_ids()
    firm.control.post(
        f"cases/{ids[0]}",
        json={"modifiedDate": "2025-11-14T08:05:10.107Z", "caseName": "2025-11-14T08:05:10Z?"},
    )
    firm.control.post(f"cases/{ids[1]}", json={"modifiedDate": "2025-10-14T08:05:10.1Z"})
    firm.fault("dates", zone="America/Los_Angeles")
    winter, summer = (firm.api.get(f"case/{case_id}").json() for case_id in ids[:2])
    assert winter["modifiedDate"] == "2025-11-14T00:05:10.107-08:00"
    assert summer["modifiedDate"] == "2025-10-14T01:05:10.1-07:00"
    assert winter["caseName"] == "2025-11-14T08:05:10Z?"


def test_look_ups_hold_every_name_seen_in_rows(firm: Caller) -> None:
    def pairs(path: str) -> set[tuple[int, str]]:
        return {(row["id"], row["description"]) for row in firm.api.get(path).json()}

    rows = firm.rows()
    seen = {
        (row["caseStatusID"], row["caseStatus"]) for row in rows if row["caseStatus"] != "Discovery Phase"
    }
    assert seen <= pairs("case/statuses")
    assert "Plaintiff" in {name for _, name in pairs("case/notes/types")}
    assert "Case Documents" in {name for _, name in pairs("case/documents/categories")}


def test_one_firm_never_sees_another(firm: Caller) -> None:
    numbers = int(firm.firm.removeprefix("firm")) + 1
    other = Caller(firm.server, f"firm{numbers}")
    mine = {json.dumps(row) for row in firm.rows()}
    assert not mine & {json.dumps(row) for row in other.rows()}
    other.close()
