import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import phonenumbers
import pytest

from sandbox.cases import CaseStore, defect_in
from sandbox.lookups import Lookups
from sandbox.practice_areas import (
    PRACTICE_AREAS,
    STATUS_OF_OTHER_AREA,
    area_of,
    case_status_setup,
)
from sandbox.rows import unpack
from sandbox.seed import DEFECTS
from tests.sandbox.caller import Caller

AS_OF_MS = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp() * 1000)
KIB_A_CASE = 4


def _store(cases: int = 1000, *, seed: int = 1, firm: int = 0, same_modified: int = 0) -> CaseStore:
    return CaseStore(Lookups(firm), seed=seed, cases=cases, as_of_ms=AS_OF_MS, same_modified=same_modified)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    one, same, other = _store(seed=7), _store(seed=7), _store(seed=8)
    assert one.joined(one.ids()) == same.joined(same.ids())
    assert one.joined(one.ids()) != other.joined(other.ids())


def test_a_larger_firm_begins_with_the_cases_of_a_smaller_one() -> None:
    small, large = _store(50), _store(500)
    assert large.joined(small.ids()[:50]) == small.joined(small.ids()[:50])


def test_expected_counts_are_what_an_independent_reading_of_the_rows_finds() -> None:
    store = _store()
    expected = store.expected(AS_OF_MS)
    reasons = Counter(defect_in(unpack(store.row(i) or b"")) for i in store.visible_ids())
    assert expected["cases"] == 1000 == reasons.total()
    assert expected["importable"] == reasons.pop(None) == 920
    assert (
        dict(reasons)
        == {kind: expected[kind] for kind in DEFECTS.values()}
        == dict.fromkeys(DEFECTS.values(), 20)
    )
    assert expected["hidden"] == 10


def test_importable_cases_have_a_telephone_number_that_phonenumbers_accepts_and_others_none() -> None:
    store = _store()
    for case_id in store.visible_ids():
        main = next(p for p in unpack(store.row(case_id) or b"")["plaintiffs"] if p["primary"])
        valid = [p["name"] for p in main["contact"]["phones"] if _is_valid(p["phoneNumber"])]
        if store.defect(case_id) == "no_valid_phone":
            assert valid == []
        else:
            assert "Cell" in valid


def _is_valid(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, "US"))
    except phonenumbers.NumberParseException:
        return False


def test_cell_numbers_are_never_shared_by_two_cases() -> None:
    store = _store(3000)
    cells = Counter(
        "".join(filter(str.isdigit, phone["phoneNumber"]))[-10:]
        for case_id in store.visible_ids()
        if store.defect(case_id) is None
        for person in unpack(store.row(case_id) or b"")["plaintiffs"]
        for phone in person["contact"]["phones"]
        if phone["name"] == "Cell"
    )
    assert cells.most_common(1)[0][1] == 1


def test_every_quirk_of_the_api_sheet_occurs() -> None:
    store = _store()
    cases = [unpack(store.row(i) or b"") for i in store.visible_ids()]
    people = [p for case in cases for p in case["plaintiffs"]]
    contacts = [p["contact"] for p in people]
    assert any(p["markedAsRemoved"] for p in people)
    assert any(len(case["plaintiffs"]) == 3 and case["plaintiffs"][-1]["primary"] for case in cases)
    assert any(c["contactCtg"] == 2 and c["name"] and not c["lastName"] for c in contacts)
    assert any(not c["phones"] for c in contacts)
    assert any([p["name"] for p in c["phones"]] == ["Fax", "Home", "Work", "Cell"] for c in contacts)
    assert any(c["emails"] and "@" in c["emails"][0]["name"] for c in contacts)
    assert any(not member["email"] for case in cases for member in case["caseStaff"])
    assert any("caseClosedDate" in case for case in cases)
    assert any(case["secondStatuses"] for case in cases)
    numbers = {case["caseNumber"] for case in cases}
    assert any(f"{number}-2" in numbers for number in numbers)
    names = {case["caseStatusID"]: set() for case in cases}  # type: dict[int, set[str]]
    for case in cases:
        names[case["caseStatusID"]].add(case["caseStatus"])
    assert [found for found in names.values() if len(found) > 1] == [{"Discovery", "Discovery Phase"}]
    assert all(p["id"] != p["contactID"] for p in people)


def test_closed_cases_have_a_date_and_a_mapped_stage() -> None:
    store = _store()
    for case_id in store.visible_ids():
        case = unpack(store.row(case_id) or b"")
        assert ("caseClosedDate" in case) == case["caseStatus"].startswith("Closed")


def test_the_set_up_has_two_to_twelve_stages_and_no_name_twice_in_one_scope() -> None:
    assert {len(area["stages"]) for area in case_status_setup()} >= {2, 12}
    names = [name for area in PRACTICE_AREAS for name in area.case_types]
    assert len(names) == len(set(names))
    for area in PRACTICE_AREAS:
        statuses = [status for stage in area.stages for status in stage.statuses]
        assert len(statuses) == len(set(statuses))
        other = STATUS_OF_OTHER_AREA[area.name]
        assert not area.maps_stage(other)
        assert any(a.maps_stage(other) for a in PRACTICE_AREAS)
    released = area_of("MVA")
    assert released is not None
    stage = next(s for s in released.stages if "Released From Treatment" in s.mappings)
    assert stage.name == "Treatment Completed"


def test_two_firms_share_names_but_not_ids_of_types() -> None:
    one, two = Lookups(0), Lookups(1)
    for kind in ("groups", "case_types", "statuses", "note_types", "categories"):
        first, second = getattr(one, kind), getattr(two, kind)
        assert list(first) == list(second)
        assert all(first[name] != second[name] for name in first), kind


def test_two_firms_share_case_ids_with_other_cases_behind_them() -> None:
    one, two = _store(firm=0), _store(firm=2)
    shared = set(one.ids()) & set(two.ids())
    assert shared
    assert all(one.row(i) != two.row(i) for i in sorted(shared)[:50])


def test_many_cases_can_carry_one_identical_modification_date() -> None:
    store = _store(same_modified=300)
    dates = Counter(store.modified_ms(i) for i in store.visible_ids())
    assert dates.most_common(1)[0][1] == 300


def test_the_window_of_thirty_days_holds_a_tenth_and_ten_years_hold_all(firm: Caller) -> None:
    expected = firm.control.get("expected").json()["firms"][firm.firm]
    assert expected["cases"] == 100
    recent = firm.rows(modifiedFromDateTime="2026-10-21T00:00:00Z", modifiedToDateTime="2026-11-20T00:00:00Z")
    assert len(recent) == 10
    assert len(firm.rows(modifiedFromDateTime="2016-11-22T00:00:00Z")) == 100


def test_a_large_firm_takes_bounded_memory(request: pytest.FixtureRequest) -> None:
    cases = 100_000 if request.config.getoption("--long") else 10_000
    script = (
        "import json\n"
        "from sandbox.cases import CaseStore\n"
        "from sandbox.lookups import Lookups\n"
        "from tests.memory import peak_mib\n"
        "before = peak_mib()\n"
        f"store = CaseStore(Lookups(0), seed=1, cases={cases}, as_of_ms={AS_OF_MS})\n"
        "print(json.dumps({'cases': len(store), 'kib': (peak_mib() - before) * 1024}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    measured = json.loads(done.stdout)
    assert measured["cases"] == cases
    assert measured["kib"] / cases < KIB_A_CASE
