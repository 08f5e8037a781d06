"""What the kept reports promise (`core.ports.reports.Reports`)."""

from datetime import date, timedelta

from core.exception_day import ExceptionDay
from core.probe import ProbeKind
from tests.contract.stores import Store

MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)


def test_a_report_comes_back_as_it_was_kept(store: Store) -> None:
    document = {"cases": 2, "listed": [{"client": "Ruth Ökafor 🙂", "reason": "no_client"}]}
    with store.unit_of_work() as uow:
        uow.reports.save_exceptions("north", MONDAY, document)
        assert uow.reports.exceptions("north", MONDAY) == document
        assert uow.reports.exceptions("north", TUESDAY) is None
        assert uow.reports.exceptions("south") is None


def test_without_a_day_it_is_the_newest(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.reports.save_exceptions("north", TUESDAY, {"cases": 1})
        uow.reports.save_exceptions("north", MONDAY, {"cases": 2})
        assert uow.reports.exceptions("north") == {"cases": 1}
        assert list(uow.reports.exception_days("north")) == [TUESDAY, MONDAY]
        assert list(uow.reports.exception_days("north", limit=1)) == [TUESDAY]


def test_a_later_report_of_the_same_day_replaces_it(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.reports.save_exceptions("north", MONDAY, {"cases": 2})
        uow.reports.save_exceptions("north", MONDAY, {"cases": 0})
        assert uow.reports.exceptions("north", MONDAY) == {"cases": 0}


def test_reports_are_listed_in_short_by_pages_the_newest_first(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.reports.save_exceptions("north", MONDAY, {"cases": 3, "by_reason": {"no_client": 1, "closed": 2}})
        uow.reports.save_exceptions("north", TUESDAY, {})
        uow.reports.save_exceptions("south", MONDAY, {"cases": 9})
        first, second = ExceptionDay(TUESDAY, 0, {}), ExceptionDay(MONDAY, 3, {"no_client": 1, "closed": 2})
        assert list(uow.reports.exception_list("north", 5)) == [first, second]
        assert list(uow.reports.exception_list("north", 1)) == [first]
        assert list(uow.reports.exception_list("north", 5, TUESDAY)) == [second]
        assert list(uow.reports.exception_list("north", 5, MONDAY)) == []


def test_a_result_comes_back_as_it_was_kept(store: Store) -> None:
    document = {"cases": [{"client": "Ruth Ökafor 🙂", "passed": True}], "by": "ada"}
    with store.unit_of_work() as uow:
        number = uow.reports.add_probe("north", ProbeKind.VERIFICATION, document, passed=True)
        uow.commit()
    with store.unit_of_work() as uow:
        result = uow.reports.probe(number)
        assert uow.reports.probe(number + 1_000) is None
    assert result is not None
    assert (result.firm_id, result.kind, result.passed) == ("north", ProbeKind.VERIFICATION, True)
    assert result.document == document
    assert abs(result.at - store.now()) < timedelta(minutes=1)
    assert "Ökafor" not in repr(result)


def test_results_are_listed_by_firm_and_kind_newest_first(store: Store) -> None:
    with store.unit_of_work() as uow:
        first = uow.reports.add_probe("north", ProbeKind.VERIFICATION, {}, passed=False)
        uow.reports.add_probe("north", ProbeKind.PERMISSIONS, {}, passed=True)
        uow.reports.add_probe("south", ProbeKind.VERIFICATION, {}, passed=True)
        second = uow.reports.add_probe("north", ProbeKind.VERIFICATION, {}, passed=True)
        listed = uow.reports.probes("north", ProbeKind.VERIFICATION)
        assert [(r.number, r.passed) for r in listed] == [(second, True), (first, False)]
        assert len(uow.reports.probes("north", ProbeKind.VERIFICATION, limit=1)) == 1
