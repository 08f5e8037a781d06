"""What the results of probes promise (`core.ports.probe_results.ProbeResults`)."""

from datetime import timedelta

from core.ports.probe_results import ProbeKind
from tests.contract.stores import Store


def test_a_result_comes_back_as_it_was_kept(store: Store) -> None:
    document = {"cases": [{"client": "Ruth Ökafor 🙂", "passed": True}], "by": "ada"}
    with store.unit_of_work() as uow:
        number = uow.probe_results.add("north", ProbeKind.VERIFICATION, document, passed=True)
        uow.commit()
    with store.unit_of_work() as uow:
        result = uow.probe_results.get(number)
        assert uow.probe_results.get(number + 1_000) is None
    assert result is not None
    assert (result.firm_id, result.kind, result.passed) == ("north", ProbeKind.VERIFICATION, True)
    assert result.document == document
    assert abs(result.at - store.now()) < timedelta(minutes=1)
    assert "Ökafor" not in repr(result)


def test_results_are_listed_by_firm_and_kind_newest_first(store: Store) -> None:
    with store.unit_of_work() as uow:
        first = uow.probe_results.add("north", ProbeKind.VERIFICATION, {}, passed=False)
        uow.probe_results.add("north", ProbeKind.PERMISSIONS, {}, passed=True)
        uow.probe_results.add("south", ProbeKind.VERIFICATION, {}, passed=True)
        second = uow.probe_results.add("north", ProbeKind.VERIFICATION, {}, passed=True)
        listed = uow.probe_results.list("north", ProbeKind.VERIFICATION)
        assert [(r.number, r.passed) for r in listed] == [(second, True), (first, False)]
        assert len(uow.probe_results.list("north", ProbeKind.VERIFICATION, limit=1)) == 1
