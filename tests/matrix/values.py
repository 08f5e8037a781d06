"""What stands in the paths of routes: numbers and names of things that are one firm's."""

from typing import Any, Final

from tests.fakes.samples import NOON
from tests.fakes.service import FakeService

_NORTH: Final = frozenset({"north"})


def values(service: FakeService) -> dict[str, str]:
    """Return what stands in paths, all of it north's."""
    tables = service.store.tables
    runs = [run_id for run_id, run in tables.runs.items() if run.firm_id == "north"]
    deliveries = [number for number, row in tables.deliveries.items() if row.lane[0] == "north"]
    probes = [number for number, probe in tables.probe_results.items() if probe.firm_id == "north"]
    keys = [number for number, key in tables.api_keys.items() if key.firms == _NORTH]
    bulks = _numbers_of_north(tables, "bulk")
    announced = _numbers_of_north(tables, "announced")
    return {
        "firm_id": "north",
        "run_id": str(runs[0]),
        "delivery_id": str(deliveries[0]),
        "integration_id": "300417",
        "case_id": "300417",
        "number": str(probes[0]),
        "verification_id": str(probes[0]),
        "version": "1",
        "key_id": str(keys[0]),
        "session_id": "1",
        "bulk_id": str(bulks[0]),
        "announcement_id": str(announced[0]),
        "area": "0",
        "stage": "0",
        "event_id": str(next(iter(tables.rejected), 1)),
        "position": "1",
        "kind": "contradicting_event",
        "link": "invented",
        "digest": "0",
        "day": NOON.date().isoformat(),
        "name": "unknown",
    }


def _numbers_of_north(tables: Any, name: str) -> list[int]:
    """Return the keys of rows that name the firm, of a table that may not be there."""
    return [number for number, row in getattr(tables, name, {}).items() if "north" in repr(row)] or [1]
