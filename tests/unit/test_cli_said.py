"""What was passed over in silence is said, or refused."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from adapters.cli.options import json_file, moment
from adapters.web.api.store_collector import StoreCollector
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.actor import SYSTEM
from core.delivery import DeliveryState
from core.errors import ConfigurationError
from core.event import EventKind
from core.queries.statistics import CountEverything
from core.snapshot import Snapshot
from tests.fakes import FakeClock, FakeStore
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.fakes.upkeep import FakeUpkeep
from tests.unit.cli_shell import Shell

GUIDE = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text(encoding="utf-8")


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"casebridge \d+\.\d+\.\d+\S*\n", Shell()("--version"))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{\n  "stage": {"source": }\n}', "line 2, column 23, is not JSON: expecting value"),
        (b'[1,\n2\n3]', "line 3, column 1"),
        (b"", "line 1, column 1"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'{"a": 1} x', "line 1, column 10"),
        (b'{"a":\n "\xff"}', "line 2: a byte that is not UTF-8"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": 1, "a": 2}', "'a' is there twice in one object"),
        (b"[" * 100_000, "."),
        (b"[" * 65 + b"]" * 65, "nested too deeply"),
        (b"1" * 10_000, "."),
    ],
)  # fmt: skip
def test_bad_json_is_told_with_its_place(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "mapping.json"
    path.write_bytes(raw)
    shell = Shell()
    shell.service.add_firm(SYSTEM, a_firm())
    told = shell.fails("mapping", "set", "north", str(path))
    assert f"casebridge: {path}" in told
    assert said in told


def test_a_file_without_an_end_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="/dev/zero has more than 16,777,216 bytes"):
        json_file(Path("/dev/zero"))


def test_a_name_that_stands_twice_among_many_is_found_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    names = ",".join(f'"k{n}": 1' for n in (*range(50_000), 7))
    path.write_text(f"{{{names}}}")
    with pytest.raises(ConfigurationError, match="'k7' is there twice"):
        json_file(path)


@pytest.mark.parametrize("ahead", [False, True])
def test_a_length_of_time_that_leaves_the_calendar_is_no_time(ahead: bool) -> None:
    with pytest.raises(ConfigurationError, match="'999999w' is beyond the calendar"):
        moment("999999w", datetime.now(UTC), ahead=ahead)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert json_file(path) == {"a": 1}


def series(snapshot: Snapshot) -> str:
    registry = CollectorRegistry()
    registry.register(StoreCollector(lambda: snapshot))
    return generate_latest(registry).decode()


def test_deliveries_are_counted_as_0_where_there_are_none() -> None:
    text = series(CountEverything(FakeUpkeep(FakeStore(FakeClock())))(SYSTEM))
    for kind in EventKind:
        for state in DeliveryState:
            line = f'casebridge_deliveries{{kind="{kind}",state="{state}"}} 0.0'
            assert (line in text) == (state is not DeliveryState.DELIVERED)


def test_each_metric_stands_in_the_guide_with_what_it_leaves_out() -> None:
    table = GUIDE.partition("| metric |")[2].partition("\n\n")[0]
    rows = {
        name: row.split("|")[3].strip()
        for row in table.splitlines()
        for name in re.findall(r"`(casebridge_\w+)", row)
    }
    told = set(re.findall(r"^# TYPE (\w+)", series(Snapshot()), re.MULTILINE))
    assert told
    assert told | {"casebridge_http_events_total"} == rows.keys()
    assert all(rows.values())


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"web_port": 9000}, "http://127.0.0.1:9000"),
        ({"web_host": "0.0.0.0", "web_port": 81}, "http://127.0.0.1:81"),
        ({"web_host": "::1"}, "http://[::1]:8080"),
        ({"web_host": "::"}, "http://[::1]:8080"),
        ({"web_host": "bridge.firm.test"}, "http://bridge.firm.test:8080"),
        ({"public_url": "https://bridge.test/", "web_port": 9000}, "https://bridge.test"),
    ],
)  # fmt: skip
def test_links_lead_to_where_web_listens_unless_it_is_said_where_browsers_go(
    changes: dict[str, object], url: str
) -> None:
    assert Settings().changed(**changes).browser_url() == url


@pytest.mark.parametrize(
    ("link", "alone"),
    [("http://127.0.0.1:8080/connect/x", True), ("http://[::1]:81/connect/x", True),
     ("https://casebridge.test/connect/x", False)],
)  # fmt: skip
def test_a_link_that_works_on_this_machine_alone_says_so(link: str, alone: bool) -> None:
    service = FakeService()
    service.add_firm(SYSTEM, a_firm())
    service.desk.connect_by_consent._links_at = link.rpartition("/")[0]
    assert ("works on this machine alone" in Shell(service)("connect", "north", "--oauth")) == alone


def test_a_data_folder_beside_a_database_url_is_refused(tmp_path: Path) -> None:
    from bootstrap.all_in_one import all_in_one  # and with it everything

    settings = Settings().changed(database_url=Secret("postgresql://nowhere.invalid/x"))
    with (
        pytest.raises(ConfigurationError, match=r"CASEBRIDGE_DATABASE_URL names another"),
        all_in_one(settings, data_dir=tmp_path / "data"),
    ):
        raise AssertionError("it started")
    assert not (tmp_path / "data").exists()
