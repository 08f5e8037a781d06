import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.sandbox.caller import Caller


def test_latency_delays_the_answer(firm: Caller) -> None:
    firm.fault("latency", ms=120, times=1)
    start = time.monotonic()
    firm.api.get("case/statuses")
    assert time.monotonic() - start >= 0.12


def test_429_comes_with_and_without_retry_after(firm: Caller) -> None:
    firm.fault("too_many_requests", retry_after=7, times=1)
    answer = firm.api.get("case/statuses")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    firm.fault("too_many_requests")
    answer = firm.api.get("case/statuses")
    assert answer.status_code == 429
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors_have_the_status_asked_for(firm: Caller, status: int) -> None:
    firm.fault("server_error", status=status)
    assert firm.api.get("case/statuses").status_code == status


def test_a_reset_reaches_the_client_as_one_and_stores_nothing(firm: Caller) -> None:
    case_id = firm.case_ids()[0]
    firm.fault("reset", purpose="insert-note", times=1)
    with pytest.raises(httpx2.ReadError):
        firm.note(case_id)
    assert firm.notes_of(case_id) == []
    assert firm.note(case_id).status_code == 200


def test_an_answer_can_be_lost_after_storing(firm: Caller) -> None:
    case_id = firm.case_ids()[0]
    firm.fault("store_then_reset", purpose="insert-note", times=1)
    with pytest.raises(httpx2.TransportError):
        firm.note(case_id)
    assert len(firm.notes_of(case_id)) == 1


def test_an_answer_can_hang_after_storing_until_the_client_gives_up(firm: Caller) -> None:
    case_id = firm.case_ids()[0]
    firm.fault("store_then_hang", ms=60_000, times=1)
    with pytest.raises(httpx2.ReadTimeout):
        firm.api.post(f"case/{case_id}/notes", json={"noteText": "t"}, timeout=0.2)
    assert len(firm.notes_of(case_id)) == 1
    deadline = time.monotonic() + 5
    while "hung" not in firm.report(notes=0)["requests_by_status"]:
        # Well before the time the fault names: the sandbox noticed that the client left.
        assert time.monotonic() < deadline


def test_an_answer_can_be_slow_after_storing(firm: Caller) -> None:
    case_id = firm.case_ids()[0]
    firm.fault("slow_after_store", ms=120)
    start = time.monotonic()
    assert firm.note(case_id).status_code == 200
    assert time.monotonic() - start >= 0.12


def test_an_answer_can_be_an_empty_200_with_the_note_stored(firm: Caller) -> None:
    case_id = firm.case_ids()[0]
    firm.fault("empty_200")
    answer = firm.note(case_id)
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(firm.notes_of(case_id)) == 1
    assert firm.search().content == b""


def test_tokens_can_expire_in_the_middle_of_a_run(firm: Caller) -> None:
    firm.fault("expire_tokens", purpose="search-cases", times=1)
    assert firm.api.get("case/statuses").status_code == 200
    assert firm.search().status_code == 401
    assert firm.search().status_code == 401
    firm.log_in()
    assert firm.search().status_code == 200


def test_401_can_come_without_a_reason(firm: Caller) -> None:
    firm.fault("unauthorized", times=1)
    assert firm.api.get("case/statuses").status_code == 401
    assert firm.api.get("case/statuses").status_code == 200


def test_inserting_can_be_forbidden_while_reading_works(firm: Caller) -> None:
    case_id = firm.case_ids()[0]
    firm.fault("forbidden")
    assert firm.note(case_id).status_code == 403
    assert firm.notes_of(case_id) == []
    assert firm.api.get(f"case/{case_id}/notes").status_code == 200


@pytest.mark.parametrize(
    ("shape", "content_type", "start"),
    [
        ("message", "application/json; charset=utf-8", '{"message":"Case 1'),
        ("problem", "application/problem+json", '{"title":"Not Found","detail":"Case 1'),
        ("plain", "text/plain; charset=utf-8", "Case 1"),
        ("html", "text/html; charset=utf-8", "<html>"),
        ("empty", "text/plain; charset=utf-8", ""),
    ],
)
def test_error_bodies_have_every_known_shape(firm: Caller, shape: str, content_type: str, start: str) -> None:
    firm.fault("error_body", shape=shape)
    answer = firm.api.get("case/1")
    assert (answer.status_code, answer.headers["content-type"]) == (404, content_type)
    assert answer.text.startswith(start)
    assert bool(answer.text) == bool(start)


def test_a_fault_strikes_its_firm_alone(firm: Caller) -> None:
    other = Caller(firm.server, "firm150")
    firm.fault("server_error")
    assert firm.api.get("case/statuses").status_code == 503
    assert other.api.get("case/statuses").status_code == 200
    other.close()


def test_a_probability_is_drawn_from_a_seeded_generator(firm: Caller) -> None:
    def outcomes() -> list[int]:
        firm.control.delete("faults")
        firm.fault("server_error", probability=0.4, seed=5)
        return [firm.api.get("case/statuses").status_code for _ in range(40)]

    first = outcomes()
    assert first == outcomes()
    assert 5 < first.count(503) < 30


def test_hits_are_counted_and_a_delete_switches_off(firm: Caller) -> None:
    firm.fault("server_error", times=2)
    assert [firm.api.get("case/statuses").status_code for _ in range(4)] == [503, 503, 200, 200]
    [shown] = [fault for fault in firm.control.get("faults").json()["faults"] if fault["firm"] == [firm.firm]]
    assert (shown["name"], shown["hits"], shown["times"]) == ("server_error", 2, 2)
    assert firm.control.delete("faults").json() == {"faults": []}


def test_a_put_replaces_all_or_nothing(firm: Caller) -> None:
    firm.fault("latency", ms=0)
    wrong = firm.control.put("faults", json=[{"name": "reset"}, {"name": "rest"}])
    assert wrong.status_code == 400
    assert [fault["name"] for fault in firm.control.get("faults").json()["faults"]] == ["latency"]
    firm.control.put("faults", json={"faults": [{"name": "summary_rows"}]})
    assert [fault["name"] for fault in firm.control.get("faults").json()["faults"]] == ["summary_rows"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"name": "gremlins"}, "store_then_reset"),
        ("reset", "store_then_reset"),
        ({"name": "latency", "seconds": 1}, "ms"),
        ({"name": "latency", "ms": "long"}, "ms"),
        ({"name": "reset", "purpose": "notes"}, "insert-note"),
        ({"name": "reset", "firm": "nobody"}, "firm1"),
        ({"name": "envelope", "style": "paper"}, "records"),
        ({"name": "dates", "zone": "Mars/Olympus"}, "tzdata"),
        ({"name": "reset", "times": -1}, "times"),
    ],
)
def test_an_unknown_fault_is_refused_with_what_is_known(firm: Caller, wrong: object, named: str) -> None:
    answer = firm.control.put("faults", json=wrong)
    assert answer.status_code == 400
    assert named in answer.json()["message"]


def test_requests_are_counted_by_purpose_outcome_and_load() -> None:
    with SandboxServer(SandboxOptions(cases=10)) as server:
        caller = Caller(server, "firm1")
        case_id = caller.case_ids()[0]
        caller.note(case_id)
        caller.note(1)
        caller.fault("reset", times=1)
        with pytest.raises(httpx2.TransportError):
            caller.note(case_id)
        caller.api.get("nowhere")
        report = caller.report(notes=0)
        assert report["requests"] == {
            "log-in": {"200": 1},
            "insert-note": {"200": 1, "404": 1, "reset": 1},
            "unknown": {"404": 1},
        }
        assert report["requests_by_status"] == {"200": 2, "404": 2, "reset": 1}
        assert report["load"]["firm1"]["requests"] == 3
        assert report["load"]["firm1"]["max_concurrent"] == 1
        caller.close()


def test_the_load_shows_how_many_requests_ran_at_one_time(firm: Caller) -> None:
    firm.fault("latency", ms=150)
    with ThreadPoolExecutor(3) as pool:
        statuses = list(pool.map(lambda _: firm.api.get("case/statuses").status_code, range(3)))
    assert statuses == [200] * 3
    assert firm.report(notes=0)["load"][firm.firm]["max_concurrent"] == 3
