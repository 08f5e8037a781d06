"""What the exception reports promise (`core.ports.exception_reports.ExceptionReports`)."""

from datetime import date

from tests.contract.stores import Store

MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)


def test_a_report_comes_back_as_it_was_kept(store: Store) -> None:
    document = {"cases": 2, "listed": [{"client": "Ruth Ökafor 🙂", "reason": "no_client"}]}
    with store.unit_of_work() as uow:
        uow.exception_reports.save("north", MONDAY, document)
        assert uow.exception_reports.get("north", MONDAY) == document
        assert uow.exception_reports.get("north", TUESDAY) is None
        assert uow.exception_reports.get("south") is None


def test_without_a_day_it_is_the_newest(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.exception_reports.save("north", TUESDAY, {"cases": 1})
        uow.exception_reports.save("north", MONDAY, {"cases": 2})
        assert uow.exception_reports.get("north") == {"cases": 1}
        assert list(uow.exception_reports.days("north")) == [TUESDAY, MONDAY]
        assert list(uow.exception_reports.days("north", limit=1)) == [TUESDAY]


def test_a_later_report_of_the_same_day_replaces_it(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.exception_reports.save("north", MONDAY, {"cases": 2})
        uow.exception_reports.save("north", MONDAY, {"cases": 0})
        assert uow.exception_reports.get("north", MONDAY) == {"cases": 0}
