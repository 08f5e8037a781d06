"""The commands about deliveries, events and issues: what they print, and what they must never print."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from adapters.cli.options import moment
from core.actor import SYSTEM
from core.errors import ConfigurationError, RejectedBySmartAdvocateError
from core.usecases.receive_events import Incoming
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm
from tests.unit.cli_shell import Shell

SECRET = "Privileged words of Ada Lovelace"


@pytest.fixture
def shell() -> Shell:
    """One delivered late, one failed, one held."""
    shell = Shell()
    service = shell.service
    service.with_firm(None, "300417")
    service.send("m-2", minute=2)
    service.work()
    service.smartadvocate.faults.add("insert_note", Before(RejectedBySmartAdvocateError("refused: 400")))
    service.send("m-3", minute=3, text=SECRET, sender_name="Ada Lovelace")
    service.work()
    service.send("m-1", minute=1)
    service.work()
    service.send("m-4", case_integration_id="9")
    return shell


def test_deliveries_are_listed_by_every_filter(shell: Shell) -> None:
    def subjects(*filters: str) -> list[str]:
        return [row["subject_id"] for row in shell.json("deliveries", "list", *filters)]

    assert subjects() == ["m-4", "m-1", "m-3", "m-2"]
    assert subjects("--state", "failed") == ["m-3"]
    assert subjects("--state", "failed", "--state", "delivered") == ["m-1", "m-3", "m-2"]
    assert subjects("--case", "9") == ["m-4"]
    shell.service.add_firm(SYSTEM, a_firm("south"))
    assert subjects("--firm", "south") == []
    assert subjects("--reason", "rejected_by_smartadvocate") == ["m-3"]
    assert subjects("--kind", "document-uploaded") == []
    shell.service.clock.advance(timedelta(hours=2))
    assert subjects("--since", "1h") == []
    assert len(subjects("--since", "3h")) == 4
    assert "m-3" in shell("deliveries", "list")


def test_a_delivery_is_shown_with_its_timeline_and_without_words_or_names(shell: Shell) -> None:
    [row] = shell.json("deliveries", "list", "--state", "failed")
    shown = shell.json("deliveries", "show", str(row["delivery_id"]))
    [entry] = shown["timeline"]
    assert (entry["outcome"], entry["detail"]) == ("failed", "refused: 400")
    told = shell("deliveries", "show", str(row["delivery_id"]))
    assert "rejected_by_smartadvocate" in told
    for printed in (json.dumps(shown), told):
        assert "Privileged" not in printed
        assert "Lovelace" not in printed


def test_a_late_delivery_says_so(shell: Shell) -> None:
    [late] = [row for row in shell.json("deliveries", "list") if row["subject_id"] == "m-1"]
    assert "late:" in shell("deliveries", "show", str(late["delivery_id"]))


def test_a_delivery_that_is_not_there_is_wrong_use(shell: Shell) -> None:
    shell("deliveries", "show", "12345", code=2)


def test_a_dry_run_prints_the_number_and_a_replay_does_it(shell: Shell) -> None:
    assert shell.json("deliveries", "replay", "--state", "failed", "--dry-run")["deliveries"] == 1
    assert len(shell.service.smartadvocate.inserted) == 2
    assert "1 delivery leaves again" in shell("deliveries", "replay", "--state", "failed")
    shell.service.work()
    assert len(shell.service.smartadvocate.inserted) == 3


def test_a_replay_of_everything_must_be_said(shell: Shell) -> None:
    shell("deliveries", "replay", code=2)
    assert shell.json("deliveries", "replay", "--all", "--dry-run")["deliveries"] >= 1


def test_rejected_events_are_listed_and_replayed(shell: Shell) -> None:
    shell.service.receive(SYSTEM, [Incoming("message-sent", b"{no json")])
    [row] = shell.json("events", "rejected")
    assert row["reason"] == "malformed"
    assert shell.json("events", "replay", str(row["event_id"]))["rejected"] == 1
    assert "0 accepted, 1 still rejected" in shell("events", "replay", "--all")
    shell("events", "replay", code=2)


def test_a_muted_issue_is_listed_only_if_asked_for(shell: Shell) -> None:
    [issue] = [row for row in shell.json("issues", "list") if row["kind"] == "delivery_failed"]
    shell("issues", "mute", "north", issue["kind"], issue["key"], "--until", "3d")
    kinds = [row["kind"] for row in shell.json("issues", "list")]
    assert "delivery_failed" not in kinds
    assert "delivery_failed" in [row["kind"] for row in shell.json("issues", "list", "--muted")]


def test_times_are_instants_or_spans() -> None:
    now = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert moment("90m", now) == now - timedelta(minutes=90)
    assert moment("2d", now, ahead=True) == now + timedelta(days=2)
    assert moment("2026-11-02", now) == now - timedelta(hours=12)
    assert moment("2026-11-02T08:00-04:00", now) == now
    with pytest.raises(ConfigurationError, match="yesterday"):
        moment("yesterday", now)
    for beyond in ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00+14:00"):
        with pytest.raises(ConfigurationError, match=re.escape(beyond)):
            moment(beyond, now)
