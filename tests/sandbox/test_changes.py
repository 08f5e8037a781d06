from tests.sandbox.caller import Caller


def _moved(firm: Caller, before: str) -> list[int]:
    return [row["caseID"] for row in firm.rows(modifiedFromDateTime=before)]


LATE = "2026-11-21T00:00:00Z"


def test_a_changed_case_moves_to_the_end_of_the_order(firm: Caller) -> None:
    case_id = firm.rows()[0]["caseID"]
    changed = firm.control.post(f"cases/{case_id}", json={"status": "Suit Filed"}).json()
    assert changed["caseStatus"] == "Suit Filed"
    statuses = {row["description"]: row["id"] for row in firm.api.get("case/statuses").json()}
    assert changed["caseStatusID"] == statuses["Suit Filed"]
    assert firm.rows()[-1]["caseID"] == case_id
    assert _moved(firm, LATE) == [case_id]
    assert len(firm.rows()) == 100


def test_a_case_is_closed_and_reopened(firm: Caller) -> None:
    case_id = next(row["caseID"] for row in firm.truth() if "caseClosedDate" not in row)
    closed = firm.control.post(f"cases/{case_id}", json={"close": True}).json()
    assert closed["caseStatus"] == "Closed"
    assert "caseClosedDate" in closed
    reopened = firm.control.post(f"cases/{case_id}", json={"reopen": True}).json()
    assert "caseClosedDate" not in reopened
    assert reopened["caseStatus"] != "Closed"


def test_fields_can_change_without_a_new_modification_date(firm: Caller) -> None:
    before = firm.truth()[0]
    after = firm.control.post(f"cases/{before['caseID']}", json={"caseName": "Other", "bump": False}).json()
    assert after == {**before, "caseName": "Other"}


def test_expected_follows_changes(firm: Caller) -> None:
    def counts() -> dict[str, int]:
        found: dict[str, int] = firm.control.get("expected").json()["firms"][firm.firm]
        return found

    assert counts()["importable"] == 92
    case_id = firm.case_ids()[0]
    firm.control.post(f"cases/{case_id}", json={"caseType": "Tax Law"})
    assert (counts()["importable"], counts()["practice_area_unmapped"]) == (91, 3)
    broken = firm.case_ids("stage_unmapped")[0]
    firm.control.post(f"cases/{broken}", json={"close": True})
    assert (counts()["importable"], counts()["stage_unmapped"]) == (92, 1)


def test_a_case_can_be_hidden_shown_and_deleted(firm: Caller) -> None:
    case_id = firm.case_ids()[3]
    firm.control.post(f"cases/{case_id}", json={"hidden": True})
    assert firm.api.get(f"case/{case_id}").status_code == 404
    assert len(firm.rows()) == 99
    firm.control.post(f"cases/{case_id}", json={"hidden": False})
    assert len(firm.rows()) == 100
    firm.control.delete(f"cases/{case_id}")
    assert firm.api.get(f"case/{case_id}").status_code == 404
    assert len(firm.rows()) == 99
    assert firm.control.delete(f"cases/{case_id}").status_code == 404


def test_any_bytes_can_stand_as_a_row(firm: Caller) -> None:
    firm.control.put("cases/77?modified=2026-11-22T00:00:00Z", content=b'{"caseID":77,"caseName":"\xff"}')
    assert b'"\xff"' in firm.api.get("case/77").content
    assert b'"\xff"' in firm.search(modifiedFromDateTime=LATE).content


def test_cases_drift_while_they_are_read(firm: Caller) -> None:
    before = [row["caseID"] for row in firm.rows()]
    firm.control.put("drift", json={"every": 2, "modify": 3, "close": 1, "create": 1, "limit": 2})
    for page in range(10):
        firm.search(page, 10)
    drift = firm.control.get("drift").json()
    assert drift["rounds"] == 2
    moved = set(_moved(firm, LATE))
    assert moved == set(drift["changed"])
    assert len(moved - set(before)) == 2
    assert len(moved) >= 6
    assert firm.control.put("drift", json={"sideways": 1}).status_code == 400


def test_the_truth_is_paged_by_id(firm: Caller) -> None:
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = firm.control.get("cases", params={"after": after, "limit": 30, "ids": 1}).json()
        seen += page["cases"]
        after = page["next_after"]
    assert seen == sorted(row["caseID"] for row in firm.rows())
    assert page["total"] == 100


def test_a_changed_number_is_found_under_the_new_one_alone(firm: Caller) -> None:
    def ids(number: str) -> list[int]:
        found = firm.api.get("case/CaseInfo", params={"Casenumber": number}).json()
        return [row["caseID"] for row in found]

    row = firm.rows()[0]
    firm.control.post(f"cases/{row['caseID']}", json={"caseNumber": "N-1"})
    assert ids(row["caseNumber"]) == []
    assert ids("N-1") == [row["caseID"]]
