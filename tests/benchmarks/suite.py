"""All figures, by name, with their two sizes."""

from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Final

from tests.benchmarks import (
    backlog,
    case_import,
    case_import_memory,
    case_parallel_firms,
    case_resync_unchanged,
    document_memory,
    documents,
    event_to_note,
    fairness,
    hostile_text,
    idle_firms,
    intake,
    kill_recovery,
    notes,
    notes_scale,
    notify,
    pages,
    reads_per_note,
    relay,
    requests_per_case,
    retention,
    start,
    token_calls,
    token_read,
)
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure

Measure = Callable[[Bench], Figure]

_Measured = Mapping[str, tuple[Callable[..., Figure], ModuleType]]


def _each(*modules: ModuleType) -> _Measured:
    return {module.NAME: (module.measure, module) for module in modules}


_FIGURES: Final[_Measured] = {
    **_each(intake, relay, notify, notes, notes_scale, event_to_note),
    event_to_note.NAME_P99: (event_to_note.measure_p99, event_to_note),
    **_each(kill_recovery, backlog, reads_per_note, case_import, case_resync_unchanged, case_import_memory),
    **_each(case_parallel_firms, fairness, requests_per_case, idle_firms, documents, document_memory),
    pages.NAME: (pages.measure, pages),
    pages.NAME_P95: (pages.measure_p95, pages),
    **_each(token_read, token_calls, start),
    start.NAME_WORKER: (start.measure_worker, start),
    **_each(retention),
    retention.NAME_RATE: (retention.measure_rate, retention),
    **_each(hostile_text),
}


def _sized(size: str) -> Mapping[str, Measure]:
    return {
        name: partial(measure, sizes=getattr(module, size)) for name, (measure, module) in _FIGURES.items()
    }


FULL: Final = _sized("FULL")
QUICK: Final = _sized("QUICK")
