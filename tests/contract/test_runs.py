"""What the runs promise (`core.ports.runs.Runs`)."""

from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS
from core.case import Outcome, SkipReason
from core.cursor import Cursor, Window
from core.ports.runs import Runs
from core.reason import Reason
from core.run import CaseResult, OneByOne, Phase, Run, RunState, Sweep, Trigger
from core.schedule import JobName
from core.window_halves import Halves
from core.window_sets import OneSet
from tests.contract.stores import Store
from tests.fakes.samples import NOON, a_case, a_firm

WINDOW = Window(NOON - timedelta(days=30), NOON + timedelta(days=1))
CURSOR = Cursor(
    NOON,
    3,
    ("1", "2"),
    NOON - timedelta(days=9),
    resume_since=NOON,
    least=(NOON, 6, "300417"),
    halves=Halves(NOON, timedelta(hours=3), 1, ("7",), latest=NOON, crowd=NOON),
    one_set=OneSet(NOON, NOON, NOON, met=3, digest="d", before="b"),
    unproven=2,
    requests=9,
)
PAUSE = timedelta(minutes=10)


def read(runs: Runs, run: Run) -> Run:
    found = runs.get(run.run_id)
    assert found is not None
    return found


def test_a_run_starts_waiting_before_its_first_page(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, new = uow.runs.start("north", Trigger.RESET, WINDOW)
        uow.commit()
    assert new
    assert (run.firm_id, run.trigger, run.window) == ("north", Trigger.RESET, WINDOW)
    assert (run.state, run.cursor, run.pages, run.failures, run.version) == (RunState.WAITING, None, 0, 0, 0)
    assert abs(run.started_at - store.now()) < timedelta(minutes=1)
    with store.unit_of_work() as uow:
        assert read(uow.runs, run) == run
        assert uow.runs.get(run.run_id + 1_000) is None


def test_a_firm_has_one_open_run_and_others_join_it(store: Store) -> None:
    with store.unit_of_work() as uow:
        first, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        assert uow.runs.start("north", Trigger.NIGHTLY, WINDOW) == (first, False)
        other, new = uow.runs.start("south", Trigger.NIGHTLY, WINDOW)
        assert new
        assert other.run_id != first.run_id
        uow.runs.finish(first.run_id, RunState.FINISHED)
        second, new = uow.runs.start("north", Trigger.NIGHTLY, WINDOW)
    assert new
    assert second.run_id not in {first.run_id, other.run_id}


def test_advancing_stores_the_cursor_and_counts_pages(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        assert uow.runs.advance(run, CURSOR, [])
        step = read(uow.runs, run)
        assert (step.cursor, step.pages) == (CURSOR, 1)
        assert uow.runs.advance(step, None, [])
        assert (read(uow.runs, run).cursor, read(uow.runs, run).pages) == (None, 2)


def test_of_two_workers_only_one_takes_the_next_step(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        assert uow.runs.advance(run, CURSOR, [CaseResult("1", Outcome.CREATED)])
        assert not uow.runs.advance(run, None, [CaseResult("2", Outcome.CREATED)])
        assert read(uow.runs, run).cursor == CURSOR
        assert [result.integration_id for result in uow.runs.results(run.run_id)] == ["1"]


def test_an_ended_run_takes_no_further_step(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        assert uow.runs.finish(run.run_id, RunState.CANCELLED, detail="by hand")
        assert not uow.runs.advance(run, CURSOR, [CaseResult("1", Outcome.CREATED)])
        uow.runs.put_off(run, NOON, Reason.UNAVAILABLE, "no answer")
        ended = read(uow.runs, run)
        assert (ended.state, ended.detail, ended.pages, ended.failures) == (
            RunState.CANCELLED,
            "by hand",
            0,
            0,
        )
        assert uow.runs.results(run.run_id) == []


@pytest.mark.parametrize("state", [RunState.FINISHED, RunState.FAILED, RunState.CANCELLED])
def test_a_run_ends_once(store: Store, state: RunState) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        assert uow.runs.finish(run.run_id, state, Reason.CASE_NOT_FOUND, "why: it is gone")
        assert not uow.runs.finish(run.run_id, RunState.FAILED, Reason.ERROR, "again")
        assert not uow.runs.finish(run.run_id + 1_000, RunState.FAILED)
        ended = read(uow.runs, run)
        assert (ended.state, ended.reason, ended.detail) == (state, Reason.CASE_NOT_FOUND, "why: it is gone")


def test_results_come_back_a_row_a_case_by_id(store: Store) -> None:
    results = [
        CaseResult("9", Outcome.UPDATED, "24-9", changed=("stage", "closed")),
        CaseResult("10", Outcome.SKIPPED, "24-10", skip=SkipReason.NO_VALID_PHONE),
        CaseResult("a", Outcome.CREATED, "24-ä"),
    ]
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        uow.runs.advance(run, None, results)
        uow.commit()
    with store.unit_of_work() as uow:
        assert list(uow.runs.results(run.run_id)) == [results[1], results[0], results[2]]


def test_a_result_stays_unless_it_was_unchanged(store: Store) -> None:
    """A case may be met several times in one run: what happened to it is told, not that it settled."""
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        first = [CaseResult("1", Outcome.CREATED), CaseResult("2", Outcome.UNCHANGED)]
        uow.runs.advance(run, CURSOR, first)
        again = [CaseResult("1", Outcome.UNCHANGED), CaseResult("2", Outcome.CLOSED, changed=("closed",))]
        uow.runs.advance(read(uow.runs, run), None, again)
        assert list(uow.runs.results(run.run_id)) == [first[0], again[1]]


def test_a_case_twice_on_one_page_follows_the_same_rule(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        twice = [
            CaseResult("1", Outcome.UNCHANGED),
            CaseResult("1", Outcome.UPDATED),
            CaseResult("1", Outcome.CLOSED),
        ]
        uow.runs.advance(run, None, twice)
        assert [result.outcome for result in uow.runs.results(run.run_id)] == [Outcome.UPDATED]


def test_counts_are_by_outcome_and_by_reason_of_skipping(store: Store) -> None:
    results = [
        CaseResult("1", Outcome.CREATED),
        CaseResult("2", Outcome.CREATED),
        CaseResult("3", Outcome.SKIPPED, skip=SkipReason.NO_CLIENT),
        CaseResult("4", Outcome.SKIPPED, skip=SkipReason.NO_CLIENT),
        CaseResult("5", Outcome.SKIPPED, skip=SkipReason.STAGE_UNMAPPED),
    ]
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        assert dict(uow.runs.counts(run.run_id)) == {}
        uow.runs.advance(run, None, results)
        assert dict(uow.runs.counts(run.run_id)) == {
            "created": 2,
            "skipped": 3,
            "skipped:no_client": 2,
            "skipped:stage_unmapped": 1,
        }


def test_runs_are_listed_newest_first(store: Store) -> None:
    with store.unit_of_work() as uow:
        ids = []
        for firm_id in ("north", "south", "north"):
            run, _ = uow.runs.start(firm_id, Trigger.NIGHTLY, WINDOW)
            uow.runs.finish(run.run_id, RunState.FINISHED)
            ids.append(run.run_id)
        assert [run.run_id for run in uow.runs.list(ALL_FIRMS)] == ids[::-1]
        assert [run.run_id for run in uow.runs.list(frozenset({"north"}))] == [ids[2], ids[0]]
        assert [run.run_id for run in uow.runs.list(frozenset({"north"}), limit=1)] == [ids[2]]
        assert uow.runs.list(frozenset({"nobody"})) == []


def test_a_run_that_is_put_off_rests_and_counts_its_failures_until_it_advances(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        uow.runs.put_off(run, store.now() + PAUSE, Reason.UNAVAILABLE, "no answer")
        uow.commit()
        once = read(uow.runs, run)
        assert (once.state, once.failures) == (RunState.WAITING, 1)
        assert (once.reason, once.detail) == (Reason.UNAVAILABLE, "no answer")
        uow.runs.put_off(once, store.now() + PAUSE, Reason.UNAVAILABLE, "again")
        twice = read(uow.runs, run)
        assert twice.failures == 2
        assert uow.runs.advance(twice, CURSOR, [])
        assert read(uow.runs, run).failures == 0


def test_putting_off_what_another_worker_has_advanced_changes_nothing(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        uow.runs.advance(run, CURSOR, [])
        uow.runs.put_off(run, store.now() + PAUSE, Reason.UNAVAILABLE, "late")
        assert (read(uow.runs, run).failures, read(uow.runs, run).reason) == (0, None)
        assert uow.runs.due_without_job() == [(run.run_id, "north")]


def test_open_runs_without_a_job_are_due_once_they_have_rested(store: Store) -> None:
    with store.unit_of_work() as uow:
        with_job, _ = uow.runs.start("busy", Trigger.NIGHTLY, WINDOW)
        uow.jobs.enqueue(JobName.SYNC_CASES, ["busy"], run_id=with_job.run_id)
        ended, _ = uow.runs.start("ended", Trigger.NIGHTLY, WINDOW)
        uow.runs.finish(ended.run_id, RunState.FAILED)
        idle, _ = uow.runs.start("idle", Trigger.NIGHTLY, WINDOW)
        resting, _ = uow.runs.start("resting", Trigger.NIGHTLY, WINDOW)
        uow.runs.put_off(resting, store.now() + PAUSE, Reason.UNAVAILABLE, "")
        uow.commit()
        assert uow.runs.due_without_job() == [(idle.run_id, "idle")]
    store.let_time_pass(PAUSE)
    with store.unit_of_work() as uow:
        assert sorted(uow.runs.due_without_job()) == [(idle.run_id, "idle"), (resting.run_id, "resting")]


def test_a_run_that_is_over_can_be_recorded_beside_an_open_one(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.runs.start("north", Trigger.MANUAL, WINDOW)
        run = uow.runs.record("north", Trigger.SINGLE, NOON, [CaseResult("1", Outcome.CREATED)])
        assert (run.state, run.trigger, run.started_at, run.ended_at) == (
            RunState.FINISHED,
            Trigger.SINGLE,
            NOON,
            NOON,
        )
        assert read(uow.runs, run) == run
        assert [result.outcome for result in uow.runs.results(run.run_id)] == [Outcome.CREATED]


def test_a_run_can_stand_in_a_phase_of_single_cases(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.NIGHTLY, WINDOW)
        here = OneByOne(Phase.MISSING, Sweep(NOON, 2, tried=True), unproven=1)
        uow.runs.advance(run, here, [], 12)
        assert read(uow.runs, run).cursor == here
        assert read(uow.runs, run).cases_left == 12


def test_results_name_the_client_and_what_is_wrong(store: Store) -> None:
    skipped = CaseResult(
        "2", Outcome.SKIPPED, "24-2", SkipReason.STAGE_UNMAPPED, (), "Tom Reed", "PI / Waiting"
    )
    with store.unit_of_work() as uow:
        uow.cases.save("north", [a_case("1")])
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        uow.runs.advance(run, None, [CaseResult("1", Outcome.CREATED), skipped])
        first, second = uow.runs.results(run.run_id)
        assert (first.client, first.detail) == ("Ruth Okafor", "")
        assert second == skipped


def test_results_can_be_read_in_pieces(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        uow.runs.advance(run, None, [CaseResult(str(n), Outcome.CREATED) for n in range(10)])
        uow.runs.advance(read(uow.runs, run), None, [CaseResult("", Outcome.SKIPPED)])

        def ids(after: str | None, limit: int) -> list[str]:
            return [r.integration_id for r in uow.runs.results(run.run_id, after=after, limit=limit)]

        assert ids(None, 4) == ["", "0", "1", "2"]
        assert ids("3", 4) == ["4", "5", "6", "7"]
        assert ids("9", 4) == []


def test_the_cases_of_a_set_are_counted_once_each_until_another_set_or_the_end(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        other, _ = uow.runs.start("south", Trigger.MANUAL, WINDOW)
        assert uow.runs.meet(run, ["1", "2", "2"], anew=True) == 2
        assert uow.runs.meet(other, ["9"], anew=True) == 1
        assert uow.runs.meet(run, ["2", "3"], anew=False) == 3
        assert uow.runs.meet(run, [], anew=False) == 3
        assert uow.runs.meet(run, ["3"], anew=True) == 1
        uow.runs.finish(run.run_id, RunState.INCOMPLETE, Reason.READING_INCOMPLETE)
        assert uow.runs.meet(run, [], anew=False) == 0
        assert uow.runs.meet(other, [], anew=False) == 1
        assert read(uow.runs, run).state is RunState.INCOMPLETE


def test_open_cases_whose_closing_date_has_come_are_told_until_the_run_has_looked(store: Store) -> None:
    with store.unit_of_work() as uow:
        day = timedelta(days=1)
        uow.cases.save(
            "north",
            [
                a_case("1", closes_at=NOON),
                a_case("2", closes_at=NOON - day),
                a_case("3", closes_at=NOON + day),
                a_case("4", closes_at=NOON - day, closed=True),
                a_case("5"),
            ],
        )
        uow.cases.save("south", [a_case("6", closes_at=NOON)])
        run, _ = uow.runs.start("north", Trigger.NIGHTLY, WINDOW)
        assert list(uow.runs.closing(run, NOON, 10)) == ["1", "2"]
        assert list(uow.runs.closing(run, NOON, 1)) == ["1"]
        uow.runs.advance(run, CURSOR, [CaseResult("1", Outcome.UNCHANGED)])
        assert list(uow.runs.closing(run, NOON, 10)) == ["2"]


def test_open_cases_that_a_run_did_not_meet_are_told(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.cases.save("north", [a_case("1"), a_case("2"), a_case("3"), a_case("4", closed=True)])
        uow.cases.save("south", [a_case("5")])
        run, _ = uow.runs.start("north", Trigger.RESET, WINDOW)
        uow.runs.advance(run, CURSOR, [CaseResult("2", Outcome.UNCHANGED)])
        assert list(uow.runs.unseen(run, 10)) == ["1", "3"]
        assert list(uow.runs.unseen(run, 1)) == ["1"]


def test_an_open_run_remembers_what_is_to_follow_and_a_reset_stays(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.RETRY, WINDOW)
        assert run.then is None
        assert uow.runs.follow_with(run.run_id, Trigger.MANUAL)
        assert read(uow.runs, run).then is Trigger.MANUAL
        assert uow.runs.follow_with(run.run_id, Trigger.RESET)
        assert uow.runs.follow_with(run.run_id, Trigger.NIGHTLY)
        assert read(uow.runs, run).then is Trigger.RESET
        uow.runs.finish(run.run_id, RunState.FINISHED)
        assert not uow.runs.follow_with(run.run_id, Trigger.NIGHTLY)


def test_a_run_of_a_paused_firm_is_not_due_before_the_pause_has_ended(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm(paused_until=store.now() + PAUSE))
        uow.runs.start("north", Trigger.MANUAL, WINDOW)
        other, _ = uow.runs.start("south", Trigger.MANUAL, WINDOW)
        uow.commit()
        assert uow.runs.due_without_job() == [(other.run_id, "south")]
    store.let_time_pass(PAUSE + timedelta(seconds=1))
    with store.unit_of_work() as uow:
        assert [firm_id for _, firm_id in uow.runs.due_without_job()] == ["north", "south"]


def test_the_open_run_of_a_firm_is_found(store: Store) -> None:
    with store.unit_of_work() as uow:
        assert uow.runs.open("north") is None
        run, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        assert uow.runs.open("north") == run
        uow.runs.finish(run.run_id, RunState.FAILED)
        assert uow.runs.open("north") is None


def test_many_firms_runs_are_started_at_once_with_a_job_each_where_none_is_open(store: Store) -> None:
    firm_ids = ["east", "north", "south", "west"]
    with store.unit_of_work() as uow:
        for firm_id in firm_ids:
            uow.firms.save(a_firm(firm_id))
        open_one, _ = uow.runs.start("north", Trigger.MANUAL, WINDOW)
        started = uow.runs.start_many(Trigger.NIGHTLY, dict.fromkeys(firm_ids, WINDOW))
        assert sorted(started) == ["east", "south", "west"]
        assert uow.jobs.enqueue_runs(JobName.SYNC_CASES, started) == 3
        assert uow.jobs.enqueue_runs(JobName.SYNC_CASES, started) == 0, "they wait already"
        assert uow.jobs.enqueue_runs(JobName.SYNC_CASES, {}) == 0
        for firm_id, run_id in started.items():
            run = uow.runs.get(run_id)
            assert run is not None
            assert (run.firm_id, run.trigger, run.window) == (firm_id, Trigger.NIGHTLY, WINDOW)
        assert list(uow.runs.due_without_job()) == [(open_one.run_id, "north")]
        assert uow.runs.start_many(Trigger.NIGHTLY, {}) == {}
        uow.commit()


def test_a_runs_rows_are_filtered_and_the_last_one_of_a_case_is_found(store: Store) -> None:
    results = [
        CaseResult("1", Outcome.CREATED, "24-1"),
        CaseResult("2", Outcome.SKIPPED, "24-2", SkipReason.NO_CLIENT, client="Ruth"),
        CaseResult("3", Outcome.SKIPPED, "24-3", SkipReason.STAGE_UNMAPPED, detail="Auto / Lit"),
    ]
    with store.unit_of_work() as uow:
        first = uow.runs.record("north", Trigger.SINGLE, NOON, results[1:2])
        run, _ = uow.runs.start("north", Trigger.MANUAL, Window(NOON, NOON))
        assert uow.runs.advance(run, None, results)
        uow.runs.record("south", Trigger.SINGLE, NOON, [CaseResult("1", Outcome.CLOSED)])
        uow.commit()
    with store.unit_of_work() as uow:
        runs, run_id = uow.runs, run.run_id
        assert [r.integration_id for r in runs.results(run_id, after="1", limit=50)] == ["2", "3"]
        assert runs.results(run_id, outcome=Outcome.SKIPPED, skip=SkipReason.NO_CLIENT) == [results[1]]
        assert len(runs.results(run_id, limit=2)) == 2
        seen = runs.last_seen("north", "3")
        assert seen is not None
        assert (seen.run_id, seen.outcome, seen.detail) == (run_id, Outcome.SKIPPED, "Auto / Lit")
        again = runs.last_seen("north", "2")
        assert again is not None
        assert again.run_id == run_id > first.run_id
        assert runs.last_seen("north", "99") is None
