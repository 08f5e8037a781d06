"""All figures, by name, with their two sizes."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.benchmarks import (
    backlog,
    case_import,
    case_import_memory,
    document_memory,
    documents,
    event_to_note,
    idle_firms,
    intake,
    notes,
    notes_scale,
    reads_per_note,
    relay,
    token_calls,
    token_read,
)
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure

Measure = Callable[[Bench], Figure]

FULL: Final[Mapping[str, Measure]] = {
    intake.NAME: lambda bench: intake.measure(bench, intake.FULL),
    relay.NAME: lambda bench: relay.measure(bench, relay.FULL),
    notes.NAME: lambda bench: notes.measure(bench, notes.FULL),
    notes_scale.NAME: lambda bench: notes_scale.measure(bench, notes_scale.FULL),
    event_to_note.NAME: lambda bench: event_to_note.measure(bench, event_to_note.FULL),
    event_to_note.NAME_P99: lambda bench: event_to_note.measure_p99(bench, event_to_note.FULL),
    backlog.NAME: lambda bench: backlog.measure(bench, backlog.FULL),
    reads_per_note.NAME: lambda bench: reads_per_note.measure(bench, reads_per_note.FULL),
    case_import.NAME: lambda bench: case_import.measure(bench, case_import.FULL),
    case_import_memory.NAME: lambda bench: case_import_memory.measure(bench, case_import_memory.FULL),
    idle_firms.NAME: lambda bench: idle_firms.measure(bench, idle_firms.FULL),
    documents.NAME: lambda bench: documents.measure(bench, documents.FULL),
    document_memory.NAME: lambda bench: document_memory.measure(bench, document_memory.FULL),
    token_read.NAME: lambda bench: token_read.measure(bench, token_read.FULL),
    token_calls.NAME: lambda bench: token_calls.measure(bench, token_calls.FULL),
}
QUICK: Final[Mapping[str, Measure]] = {
    intake.NAME: lambda bench: intake.measure(bench, intake.QUICK),
    relay.NAME: lambda bench: relay.measure(bench, relay.QUICK),
    notes.NAME: lambda bench: notes.measure(bench, notes.QUICK),
    notes_scale.NAME: lambda bench: notes_scale.measure(bench, notes_scale.QUICK),
    event_to_note.NAME: lambda bench: event_to_note.measure(bench, event_to_note.QUICK),
    event_to_note.NAME_P99: lambda bench: event_to_note.measure_p99(bench, event_to_note.QUICK),
    backlog.NAME: lambda bench: backlog.measure(bench, backlog.QUICK),
    reads_per_note.NAME: lambda bench: reads_per_note.measure(bench, reads_per_note.QUICK),
    case_import.NAME: lambda bench: case_import.measure(bench, case_import.QUICK),
    case_import_memory.NAME: lambda bench: case_import_memory.measure(bench, case_import_memory.QUICK),
    idle_firms.NAME: lambda bench: idle_firms.measure(bench, idle_firms.QUICK),
    documents.NAME: lambda bench: documents.measure(bench, documents.QUICK),
    document_memory.NAME: lambda bench: document_memory.measure(bench, document_memory.QUICK),
    token_read.NAME: lambda bench: token_read.measure(bench, token_read.QUICK),
    token_calls.NAME: lambda bench: token_calls.measure(bench, token_calls.QUICK),
}
