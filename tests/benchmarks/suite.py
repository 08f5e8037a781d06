"""All figures, by name, with their two sizes."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.benchmarks import (
    case_import,
    case_import_memory,
    document_memory,
    documents,
    idle_firms,
    intake,
    notes,
    relay,
)
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure

Measure = Callable[[Bench], Figure]

FULL: Final[Mapping[str, Measure]] = {
    intake.NAME: lambda bench: intake.measure(bench, intake.FULL),
    relay.NAME: lambda bench: relay.measure(bench, relay.FULL),
    notes.NAME: lambda bench: notes.measure(bench, notes.FULL),
    case_import.NAME: lambda bench: case_import.measure(bench, case_import.FULL),
    case_import_memory.NAME: lambda bench: case_import_memory.measure(bench, case_import_memory.FULL),
    idle_firms.NAME: lambda bench: idle_firms.measure(bench, idle_firms.FULL),
    documents.NAME: lambda bench: documents.measure(bench, documents.FULL),
    document_memory.NAME: lambda bench: document_memory.measure(bench, document_memory.FULL),
}
QUICK: Final[Mapping[str, Measure]] = {
    intake.NAME: lambda bench: intake.measure(bench, intake.QUICK),
    relay.NAME: lambda bench: relay.measure(bench, relay.QUICK),
    notes.NAME: lambda bench: notes.measure(bench, notes.QUICK),
    case_import.NAME: lambda bench: case_import.measure(bench, case_import.QUICK),
    case_import_memory.NAME: lambda bench: case_import_memory.measure(bench, case_import_memory.QUICK),
    idle_firms.NAME: lambda bench: idle_firms.measure(bench, idle_firms.QUICK),
    documents.NAME: lambda bench: documents.measure(bench, documents.QUICK),
    document_memory.NAME: lambda bench: document_memory.measure(bench, document_memory.QUICK),
}
