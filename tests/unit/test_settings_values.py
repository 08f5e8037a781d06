"""What the settings come to in the core's terms: a job outlives its last calls, whatever is set."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bootstrap import values
from bootstrap.settings import Settings
from core.errors import ConfigurationError
from core.usecases.read_shared_notes import ReadingPace
from core.usecases.sync_cases import LEASE, SLICE


def test_the_defaults_are_those_of_the_design() -> None:
    settings = Settings()
    assert values.cases_slice(settings) == SLICE == timedelta(seconds=30)
    assert values.cases_lease(settings) == LEASE
    assert values.reading_pace(settings) == ReadingPace(lease=values.reading_pace(settings).lease)


def test_a_way_around_a_pooler_without_the_pooler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an embedded database would be started beside the one that was meant."""
    monkeypatch.delenv("CASEBRIDGE_DATABASE_URL", raising=False)
    monkeypatch.setenv("CASEBRIDGE_DIRECT_DATABASE_URL", "postgresql://db/casebridge")
    with pytest.raises(ConfigurationError, match="CASEBRIDGE_DATABASE_URL is not"):
        Settings.read()
    monkeypatch.setenv("CASEBRIDGE_DATABASE_URL", "postgresql://pooler/casebridge")
    assert Settings.read().straight_database_url() == "postgresql://db/casebridge"


@pytest.mark.parametrize("slice_s", [0.2, 3.0, 20.0])
@pytest.mark.parametrize("call_limit_s", [1.0, 5.0, 30.0])
def test_a_job_is_thought_alive_for_its_slice_and_its_last_calls(slice_s: float, call_limit_s: float) -> None:
    settings = Settings(slice_s=slice_s, call_limit_s=call_limit_s)
    two_calls = timedelta(seconds=2 * call_limit_s)
    assert values.cases_slice(settings) <= SLICE
    assert values.cases_lease(settings) >= values.cases_slice(settings) + two_calls
    pace = values.reading_pace(settings)
    assert pace.lease >= pace.slice_ + two_calls


def test_a_write_that_hangs_is_given_up_after_the_share_that_the_example_tells() -> None:
    shares = {"get": 10, "connect": 15, "send": 15, "wait": 60}
    told = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8").replace("\n# ", " ")
    for step, share in shares.items():
        assert re.search(rf"{share} % to {step}", told)
    assert sum(shares.values()) == 100
    limits = values.call_limits(Settings())
    assert (limits.pool, limits.connect, limits.write, limits.read) == (3.0, 4.5, 4.5, 18.0)
    assert "after 18 of 30 seconds" in told
    assert values.call_limits(Settings(call_limit_s=60)).read == 36.0
    assert (limits.slow_read, limits.answer_bytes) == (60.0, 16 * 2**20)
    assert values.call_limits(Settings(answer_limit_mib=2)).answer_bytes == 2 * 2**20


def test_a_short_slice_makes_a_killed_job_known_soon() -> None:
    settings = Settings(slice_s=3, call_limit_s=5)
    assert values.cases_lease(settings) < timedelta(seconds=30)
    assert values.reading_pace(settings).lease < timedelta(seconds=30)


def test_a_document_job_claims_one_document_a_case_and_as_long_as_its_own_lease() -> None:
    pace = values.document_pace(Settings(document_lease_s=600))
    assert (pace.lease, pace.per_lane) == (timedelta(seconds=600), 1)
    assert values.pace(Settings()).per_lane > 1
