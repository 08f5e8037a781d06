"""What the settings come to in the core's terms."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bootstrap import paces, values
from bootstrap.settings import Settings
from core.errors import ConfigurationError
from core.usecases.deliver import Pace
from core.usecases.read_shared_notes import ReadingPace
from core.usecases.sync_cases import SLICE


def test_the_defaults_are_those_of_the_design() -> None:
    settings = Settings()
    assert paces.cases_slice(settings) == SLICE == timedelta(seconds=30)
    assert paces.reading_pace(settings) == ReadingPace()
    assert paces.pace(settings) == Pace()


def test_a_way_around_a_pooler_without_the_pooler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an embedded database would be started beside the one that was meant."""
    monkeypatch.delenv("CASEBRIDGE_DATABASE_URL", raising=False)
    monkeypatch.setenv("CASEBRIDGE_DIRECT_DATABASE_URL", "postgresql://db/casebridge")
    with pytest.raises(ConfigurationError, match="CASEBRIDGE_DATABASE_URL is not"):
        Settings.read()
    monkeypatch.setenv("CASEBRIDGE_DATABASE_URL", "postgresql://pooler/casebridge")
    assert Settings.read().straight_database_url() == "postgresql://db/casebridge"


@pytest.mark.parametrize("slice_s", [0.2, 3.0, 20.0])
def test_a_slice_of_a_run_is_never_longer_than_in_the_design(slice_s: float) -> None:
    assert paces.cases_slice(Settings(slice_s=slice_s)) <= SLICE


def test_what_a_call_wrote_is_waited_for_at_least_as_long_as_the_call_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CASEBRIDGE_CALL_LIMIT_S", "60")
    with pytest.raises(
        ConfigurationError, match=r"SETTLE_S \(45\) must not be shorter than .*CALL_LIMIT_S \(60\)"
    ):
        Settings.read()


@pytest.mark.parametrize("name", ["LEASE_S", "DOCUMENT_LEASE_S"])
def test_leases_are_no_settings_any_more(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"CASEBRIDGE_{name}", "60")
    with pytest.raises(ConfigurationError, match=f"CASEBRIDGE_{name} is no setting any more: .*heartbeat"):
        Settings.read()


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


def test_a_document_job_claims_one_document_a_case_and_has_as_long_as_is_set() -> None:
    pace = paces.document_pace(Settings(document_limit_s=600))
    assert (pace.within, pace.per_lane) == (timedelta(seconds=600), 1)
    assert paces.pace(Settings()).per_lane > 1
