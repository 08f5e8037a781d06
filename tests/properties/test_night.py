"""The spread of the night: stable by firm, within the span, even; nobody is passed over or met twice."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.actor import SYSTEM
from core.night import PLACES, Round, delay_of, own_following, own_latest, place_of
from core.run import RunState
from core.schedule import Daily, JobName
from core.usecases.publish_due_jobs import PublishDueJobs
from tests.fakes.clock import FakeClock
from tests.fakes.notices import FakeNotices
from tests.fakes.samples import a_firm
from tests.fakes.store import FakeStore

firm_ids = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
spans = st.timedeltas(timedelta(), timedelta(hours=12))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
NIGHT = Daily(time(21, 15), timedelta(minutes=45))
EVENING = datetime(2026, 11, 2, 21, 15, tzinfo=UTC)


@given(firm_ids, spans)
def test_a_firms_turn_is_within_the_span(firm_id: str, span: timedelta) -> None:
    delay = delay_of(firm_id, span)
    assert timedelta() <= delay < max(span, timedelta(microseconds=1))
    assert delay_of(firm_id, span) == delay


@given(firm_ids, instants, st.builds(Daily, st.times().map(lambda at: at.replace(fold=0)), spans))
def test_a_firm_has_one_turn_a_day_at_the_same_time_of_day(firm_id: str, now: datetime, daily: Daily) -> None:
    latest, following = own_latest(daily, firm_id, now), own_following(daily, firm_id, now)
    assert latest <= now < following
    assert following - latest == timedelta(days=1)
    assert latest - daily.latest(latest) == delay_of(firm_id, daily.span)


@given(firm_ids, instants, spans)
def test_it_is_a_firms_turn_from_its_own_moment_on(firm_id: str, due_at: datetime, span: timedelta) -> None:
    under_way = Round(due_at, 0, due_at)
    its_turn = due_at + delay_of(firm_id, span)
    assert under_way.aim(its_turn, span) > place_of(firm_id)
    assert under_way.aim(its_turn - timedelta(microseconds=1), span) <= place_of(firm_id)
    assert under_way.aim(due_at + span, span) == PLACES


def test_a_hundred_thousand_firms_start_evenly_over_the_span() -> None:
    minutes = Counter(delay_of(f"firm-{n}", NIGHT.span) // timedelta(minutes=1) for n in range(100_000))
    assert sorted(minutes) == list(range(45))
    fair = 100_000 / 45
    # What chance leaves: six standard deviations of a binomial are 6 * sqrt(2222).
    assert all(abs(number - fair) < 283 for number in minutes.values())
    seconds = Counter(delay_of(f"firm-{n}", NIGHT.span) // timedelta(seconds=1) for n in range(100_000))
    assert max(seconds.values()) < 90  # of 37 on the average


night_steps = st.lists(
    st.tuples(
        st.timedeltas(timedelta(seconds=1), timedelta(hours=3)),  # how long nobody ticks
        st.integers(0, 720),  # the span in minutes that holds from then on
        st.booleans(),  # whether a new scheduler ticks, as after a restart
    ),
    min_size=1,
    max_size=12,
)


@given(st.sets(st.integers(0, 10_000), min_size=1, max_size=15), night_steps)
def test_whatever_becomes_of_span_and_schedulers_each_firm_has_each_night_once(
    numbers: set[int], steps: list[tuple[timedelta, int, bool]]
) -> None:
    clock = FakeClock()
    store = FakeStore(clock)
    firms = {f"firm-{n}" for n in numbers}
    with store.unit_of_work(SYSTEM) as uow:
        for firm_id in firms:
            uow.firms.save(a_firm(firm_id))
        uow.commit()
    runs: list[str] = []

    def scheduler(span_min: int) -> PublishDueJobs:
        daily = Daily(time(21, 15), timedelta(minutes=span_min))
        return PublishDueJobs(store.unit_of_work, clock, {JobName.SYNC_CASES: daily}, FakeNotices())

    def tick(one: PublishDueJobs) -> None:
        one.tick(SYSTEM)
        with store.unit_of_work(SYSTEM) as uow:
            for firm_id in sorted(firms):
                if run := uow.runs.open(firm_id):
                    runs.append(firm_id)
                    uow.runs.finish(run.run_id, RunState.FINISHED)
            uow.commit()

    scheduler(45).tick(SYSTEM)  # the first slot ever counts as done
    clock.advance(EVENING - clock.now())
    one = scheduler(45)
    tick(one)
    for waits, span_min, is_new in steps:
        if clock.now() + waits > EVENING + timedelta(hours=23):
            break
        clock.advance(waits)
        one = scheduler(span_min) if is_new else one
        tick(one)
        assert max(Counter(runs).values(), default=0) <= 1
    clock.advance(EVENING + timedelta(hours=23) - clock.now())
    tick(one)
    assert Counter(runs) == Counter(firms)
    clock.advance(timedelta(hours=13))  # past the next night's last place, whatever the span
    tick(one)
    assert Counter(runs) == Counter([*firms, *firms])


@given(st.lists(st.timedeltas(timedelta(), timedelta(hours=1)), max_size=20), spans)
def test_a_round_never_goes_back(gaps: list[timedelta], span: timedelta) -> None:
    under_way, now, passed = Round(EVENING, 0, EVENING), EVENING, [0]
    for gap in gaps:
        now += gap
        under_way = under_way.moved(under_way.aim(now, span), now)
        passed.append(under_way.reached)
    assert all(before <= after <= PLACES for before, after in pairwise(passed))
