"""The benchmarks in their short form: every figure comes about, and nothing is lost or repeated on the way.

How fast anything was is not looked at: that is `make bench`.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

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
    report,
    requests_per_case,
    retention,
    token_calls,
    token_read,
)
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, MiscountError, Round, must_be, take_turns
from tests.benchmarks.suite import FULL, QUICK
from tests.servers import PostgresServer, RabbitServer, SessionGuard, WarmPython

NAMES = [
    "intake",
    "relay",
    "notify",
    "notes",
    "notes-scale",
    "event-to-note",
    "event-to-note-p99",
    "kill-recovery",
    "backlog",
    "reads-per-note",
    "case-import",
    "case-resync-unchanged",
    "case-import-memory",
    "case-parallel-firms",
    "fairness",
    "requests-per-case",
    "idle-firms",
    "documents",
    "document-memory",
    "pages",
    "pages-p95",
    "token-read",
    "token-calls-per-expiry",
    "start-help",
    "start-worker",
    "retention",
    "retention-rate",
    "hostile-text",
]


@pytest.fixture
def bench(
    postgres_server: PostgresServer,
    rabbit_server: RabbitServer,
    session_guard: SessionGuard,
    warm_python: WarmPython | None,
) -> Bench:
    return Bench(postgres_server, rabbit_server, session_guard, warm_python)


def assert_measured(figure: Figure, rounds: int) -> None:
    """Both sides of every round came to something, and the row of `bench.json` says what they came to."""
    assert len(figure.rounds) == rounds
    assert all(r.ours > 0 and r.limit > 0 for r in figure.rounds)
    data = figure.to_data()
    assert data["ratio"] == pytest.approx(data["ours"] / data["limit"], abs=0.001, rel=0.01)
    assert data["reached"] is figure.is_reached


def test_intake_records_every_event_of_the_queue_once(bench: Bench) -> None:
    sizes = intake.QUICK
    figure = intake.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {
        "events": sizes.events,
        "inbox rows": sizes.events,
        "deliveries": sizes.events,
        "lanes ready": sizes.firms * sizes.cases,
        "left in the queue": 0,
    }


def test_relay_publishes_and_marks_every_row_once(bench: Bench) -> None:
    sizes = relay.QUICK
    figure = relay.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    jobs = sizes.rows // 10
    assert figure.counts == {"announcements": sizes.rows - jobs, "jobs": jobs, "unpublished": 0}


def test_commits_are_counted_beside_the_wake_ups_that_were_heard(bench: Bench) -> None:
    sizes = notify.QUICK
    figure = notify.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {"commits": notify.PROCESSES * sizes.connections * sizes.commits}


def test_notes_are_written_once_each_and_their_rows_say_so(bench: Bench) -> None:
    sizes = notes.QUICK
    figure = notes.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {
        "rows delivered at once": sizes.notes,
        "notes written": sizes.notes,
        "notes duplicated": 0,
    }


def test_several_workers_and_one_write_every_note_once(bench: Bench) -> None:
    sizes = notes_scale.QUICK
    figure = notes_scale.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {"notes written": sizes.notes * sizes.workers, "notes duplicated": 0}


def test_every_event_is_timed_until_it_is_a_note(bench: Bench) -> None:
    sizes = event_to_note.QUICK
    figure = event_to_note.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {"notes written": sizes.warm_up + sizes.events, "notes duplicated": 0}
    assert all(r.ours > event_to_note.ANSWER_MS for r in figure.rounds)


def test_what_is_removed_is_known_and_nothing_that_comes_meanwhile_is_lost(bench: Bench) -> None:
    sizes = retention.QUICK
    for measure in (retention.measure, retention.measure_rate):
        figure = measure(bench, sizes)
        assert_measured(figure, sizes.rounds)
        assert figure.counts == {"deliveries before": sizes.deliveries}


@pytest.mark.long  # what a killed worker held in doubt is waited for
def test_after_a_kill_every_note_is_written_once(bench: Bench) -> None:
    sizes = kill_recovery.QUICK
    figure = kill_recovery.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {"notes written": sizes.notes, "notes duplicated": 0}


def test_a_backlog_that_was_held_is_written_once_each(bench: Bench) -> None:
    sizes = backlog.QUICK
    figure = backlog.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {
        "messages held": sizes.notes,
        "notes written": sizes.notes,
        "notes duplicated": 0,
    }


def test_nothing_but_log_ins_is_asked_for_beside_the_notes(bench: Bench) -> None:
    sizes = reads_per_note.QUICK
    figure = reads_per_note.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    asked = set(figure.counts) - {"notes posted", "notes written", "notes duplicated"}
    assert asked == {"log-in"}


def test_an_import_has_a_result_row_a_case_and_stores_what_can_be_imported(bench: Bench) -> None:
    sizes = case_import.QUICK
    figure = case_import.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    counts = figure.counts
    assert counts["result rows"] == sizes.cases
    assert 0 < counts["cases stored"] < sizes.cases
    assert counts["announcements"] == counts["cases stored"]


def test_memory_is_compared_between_a_large_and_a_small_import(bench: Bench) -> None:
    sizes = case_import_memory.QUICK
    figure = case_import_memory.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts["result rows, many"] == sizes.many
    assert figure.counts["result rows, few"] == sizes.few


def test_a_firm_that_is_read_again_unchanged_announces_nothing(bench: Bench) -> None:
    sizes = case_resync_unchanged.QUICK
    figure = case_resync_unchanged.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts["unchanged or skipped"] == sizes.cases


def test_many_firms_are_imported_by_several_workers_and_by_one(bench: Bench) -> None:
    sizes = case_parallel_firms.QUICK
    figure = case_parallel_firms.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {"result rows": sizes.firms * sizes.cases}


def test_a_small_firm_is_synced_while_a_large_one_imports(bench: Bench) -> None:
    sizes = fairness.QUICK
    figure = fairness.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {
        "small firm's result rows": sizes.runs * sizes.small,
        "large runs still going on": 1,
    }


def test_changed_cases_cost_a_request_a_page_and_a_few_more(bench: Bench) -> None:
    sizes = requests_per_case.QUICK
    figure = requests_per_case.measure(bench, sizes)
    assert_measured(figure, 1)
    assert figure.counts == {"cases touched": sizes.cases, "result rows": sizes.cases}


def test_idle_firms_add_no_jobs_to_a_tick(bench: Bench) -> None:
    sizes = idle_firms.QUICK
    figure = idle_firms.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    ticks = sizes.ticks * sizes.rounds
    assert figure.counts == {
        "firms": sizes.idle + sizes.busy,
        "firms alone": sizes.busy,
        "ticks": ticks,
        "jobs": sizes.busy * ticks,
        "jobs alone": sizes.busy * ticks,
    }


def test_documents_are_moved_once_each_byte_for_byte(bench: Bench) -> None:
    sizes = documents.QUICK
    figure = documents.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {
        "rows delivered at once": sizes.documents,
        "documents written": sizes.documents,
        "documents right": sizes.documents,
        "documents duplicated": 0,
    }


def test_a_large_document_is_moved_without_ever_being_whole_in_memory(bench: Bench) -> None:
    sizes = document_memory.QUICK
    figure = document_memory.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts == {"bytes moved": sizes.size}


def test_every_page_answers_beside_the_rows_that_it_shows(bench: Bench) -> None:
    sizes = pages.QUICK
    figure = pages.measure(bench, sizes)
    assert_measured(figure, sizes.rounds)
    assert figure.counts["pages"] > 80


def test_token_read(bench: Bench) -> None:
    sizes = token_read.QUICK
    figure = token_read.measure(bench, sizes)
    assert len(figure.rounds) == sizes.rounds
    assert figure.counts == {"right tokens": sizes.reads}


def test_token_calls(bench: Bench) -> None:
    sizes = token_calls.QUICK
    figure = token_calls.measure(bench, sizes)
    assert figure.is_reached
    assert figure.counts == {"refreshes": sizes.rounds}


def test_hostile_text(bench: Bench) -> None:
    sizes = hostile_text.QUICK
    assert len(hostile_text.measure(bench, sizes).rounds) == sizes.rounds


def test_all_figures_are_measured_in_both_sizes() -> None:
    assert list(FULL) == list(QUICK) == NAMES


def test_a_figure_reports_the_round_with_the_median_ratio() -> None:
    figure = Figure("x", "u", (Round(1, 2), Round(9, 10), Round(6, 8)), bar=0.7, detail="")
    assert figure.median == Round(6, 8)
    assert figure.is_reached
    assert not Figure("x", "u", figure.rounds, bar=0.7, detail="", at_most=True).is_reached


def test_ours_and_the_limit_take_turns_in_coming_first() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return 1.0

    take_turns(3, lambda: side("ours"), lambda: side("limit"))
    assert order == ["limit", "ours", "ours", "limit", "limit", "ours"]


def test_a_lost_row_is_no_measurement() -> None:
    with pytest.raises(MiscountError, match="notes: 9, expected 10"):
        must_be("notes", 9, 10)


def test_the_file_keeps_figures_that_were_not_measured_again(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    file = tmp_path / "bench.json"
    facts = report.machine(postgres_server, datetime(2026, 11, 2, tzinfo=UTC))
    old = [Figure(name, "u", (Round(1, 2),), bar=0.5, detail="old") for name in ("relay", "intake")]
    report.write(file, old, facts, NAMES)
    report.write(file, [Figure("relay", "u", (Round(3, 4),), bar=0.5, detail="new")], facts, NAMES)
    found = json.loads(file.read_text())["figures"]
    assert [(row["name"], row["detail"], row["ratio"]) for row in found] == [
        ("intake", "old", 0.5),
        ("relay", "new", 0.75),
    ]
    assert str(tmp_path) not in file.read_text()
