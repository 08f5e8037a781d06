"""What `--json` prints is read by programs of others."""

from datetime import datetime, timedelta, timezone

import pytest

from adapters.cli.output import print_json


def test_times_are_written_as_rfc_3339_has_them_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"at": datetime(2026, 11, 27, 23, 5, 1, tzinfo=timezone(timedelta(hours=2)))})
    assert capsys.readouterr().out == '{"at": "2026-11-27T21:05:01Z"}\n'
