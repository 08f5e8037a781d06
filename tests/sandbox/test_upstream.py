import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pika
import pytest

from sandbox import upstream
from sandbox.upstream_events import BROKEN, INVALID, WAITING, MessageEvents
from tests.sandbox.caller import Caller

MOMENT = datetime(2026, 11, 20, 12, tzinfo=UTC)
CASES = [300001, 300003, 300005]


def test_events_follow_from_the_seed_and_obey_the_contract() -> None:
    events, same, other = (
        MessageEvents("f", CASES, 4),
        MessageEvents("f", CASES, 4),
        MessageEvents("f", CASES, 5),
    )
    made = [events.event(n, MOMENT) for n in range(30)]
    assert made == [same.event(n, MOMENT) for n in range(30)]
    assert made != [other.event(n, MOMENT) for n in range(30)]
    assert Counter(event["subject"] for event in made) == {str(case_id): 10 for case_id in CASES}
    assert len({event["id"] for event in made}) == len({event["data"]["message_id"] for event in made}) == 30
    for event in made:
        data = event["data"]
        assert (event["specversion"], event["type"], event["source"]) == (
            "1.0",
            "message-sent",
            "/case-status",
        )
        assert event["subject"] == data["case_integration_id"]
        assert data["sender_role"] == {"inbound": "client", "outbound": "staff"}[data["direction"]]
        assert datetime.fromisoformat(data["sent_at"]) == MOMENT
    assert {event["data"]["direction"] for event in made} == {"inbound", "outbound"}


def test_stamps_never_repeat_or_go_back() -> None:
    ticks = iter([MOMENT, MOMENT, MOMENT - timedelta(seconds=1), MOMENT + timedelta(seconds=1)])
    stream = MessageEvents("f", CASES).stream(4, lambda: next(ticks))
    stamps = [datetime.fromisoformat(json.loads(body)["data"]["sent_at"]) for body in stream]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("kind", sorted(BROKEN))
def test_every_broken_kind_differs_from_the_valid_event(kind: str) -> None:
    events = MessageEvents("f", CASES)
    assert events.broken(kind, 1, MOMENT) != events.body(1, MOMENT)


def test_broken_kinds_are_broken_as_their_names_say() -> None:
    events = MessageEvents("f", CASES)
    for kind in ("empty", "malformed_json", "invalid_utf8"):
        with pytest.raises(ValueError, match=r"codec|Expecting|delimiter|Unterminated|double quotes"):
            json.loads(events.broken(kind, 1, MOMENT))
    assert len(events.broken("oversized", 1, MOMENT)) > 256 * 1024
    assert 64 * 1024 < len(events.broken("text_too_long", 1, MOMENT)) < 256 * 1024
    assert json.loads(events.broken("unknown_firm", 1, MOMENT))["data"]["firm_id"] == "no-such-firm"
    assert set(INVALID) & set(WAITING) == set()


class _Inbox(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, bytes]]
    statuses: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["Authorization"], body))
        self.send_response(self.statuses.pop(0) if self.statuses else 202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def inbox() -> Iterator[tuple[str, type[_Inbox]]]:
    handler = type("Inbox", (_Inbox,), {"seen": [], "statuses": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_events_are_posted_with_the_key_and_again_after_a_503(inbox: tuple[str, type[_Inbox]]) -> None:
    url, received = inbox
    received.statuses[:] = [503, 202, 422]
    result = upstream.publish_http(url, "key", [b"one", b"two", b"three"])
    assert (result.accepted, result.refused) == (2, {"422": 1})
    assert [body for _, _, body in received.seen] == [b"one", b"one", b"two", b"three"]
    assert {(path, key) for path, key, _ in received.seen} == {("/v1/events", "Bearer key")}


def test_the_command_takes_cases_from_a_sandbox_and_from_a_file(
    firm: Caller, inbox: tuple[str, type[_Inbox]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, received = inbox
    common = ["--http", url, "--api-key", "k", "--firm", "harbor", "--count", "5"]
    assert upstream.main([*common, "--sandbox", firm.server.url, "--sandbox-firm", firm.firm]) == 0
    subjects = {int(json.loads(body)["subject"]) for _, _, body in received.seen}
    assert len(subjects) == 5
    assert subjects <= set(firm.case_ids())
    listed = tmp_path / "cases"
    listed.write_text("7\n8\n")
    received.seen.clear()
    assert upstream.main([*common, "--cases", str(listed), "--broken", "foreign", "--rate", "1000"]) == 0
    assert len(received.seen) == 6
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"accepted": 5, "refused": {}},
        {"accepted": 6, "refused": {}},
    ]


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--http", "http://127.0.0.1:9", "--firm", "f", "--sandbox", "http://127.0.0.1:9"]
    assert upstream.main(arguments) == 1
    assert "no sandbox answers on http://127.0.0.1:9" in capsys.readouterr().err


def test_a_rate_spreads_events_over_time() -> None:
    waits: list[float] = []
    assert list(upstream.paced([b"a", b"b", b"c"], 10, waits.append)) == [b"a", b"b", b"c"]
    assert [round(wait, 1) for wait in waits] == [0.1, 0.2, 0.3]


def test_events_reach_a_bound_queue_and_an_unbound_exchange_is_an_error(amqp_url: str) -> None:
    with pytest.raises(upstream.UpstreamError, match="start intake first"):
        upstream.publish_amqp(amqp_url, [b"lost"])
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        channel.queue_declare("message-sent", durable=True)
        channel.queue_bind("message-sent", upstream.EXCHANGE, "message-sent")
        result = upstream.publish_amqp(amqp_url, [b"one", b"two"])
        assert result.accepted == 2
        got = [channel.basic_get("message-sent", auto_ack=True) for _ in range(2)]
    assert [body for _, _, body in got] == [b"one", b"two"]
    assert [properties.delivery_mode for _, properties, _ in got if properties] == [2, 2]
