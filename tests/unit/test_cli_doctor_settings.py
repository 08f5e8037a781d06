"""`casebridge doctor` where a setting is wrong: that is what it tells, like everything else it finds."""

import pytest

from tests.unit.cli_shell import Shell


@pytest.mark.parametrize(
    ("name", "value"), [("CASEBRIDGE_WORKER_THREADS", "0"), ("CASEBRIDGE_WORKER_THREAD", "3")]
)
def test_a_setting_that_is_wrong_is_found_and_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    found = Shell().json("doctor", code=1)
    assert [(row["part"], row["state"]) for row in found] == [("settings", "failed")]
    assert name in found[0]["detail"]
