"""Message text and names of people appear in nothing that the service prints, serves or keeps for people."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx2
import psycopg
import pytest

from tests.deployment import FIRM, Deployment
from tests.servers.ports import free_port
from tests.servers.processes import RunningProcess
from tests.servers.waiting import eventually

WORDS = "zebrafinch confides xylophonic grievances"
NAME = "Quillonia Xarbsteinova"
FILE = "xylotomy-verdict-draft.pdf"
SHARED = "wombatlike assurances nevermore"
SECRETS = ("zebrafinch", "xylophonic", "Quillonia", "Xarbsteinova", "xylotomy", "wombatlike", "nevermore")


class Listener:
    """Collects what a person could come to see."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.processes: dict[str, RunningProcess] = {}
        self.seen: dict[str, str] = {}

    def start(self, name: str, *arguments: str, line: str = "") -> RunningProcess:
        process = self.deployment.start(*arguments)
        self.processes[f"{name} {len(self.processes)}"] = process
        if line:
            process.wait_for_line(line)
        return process

    def command(self, *arguments: str) -> str:
        process = self.deployment.start(*arguments)
        process.wait(60)
        self.seen[" ".join(arguments)] = process.output
        return process.output

    def everything(self) -> Iterator[tuple[str, str]]:
        for name, process in self.processes.items():
            yield name, process.output
        yield from self.seen.items()

    def assert_silent(self, *secrets: str) -> None:
        for where, text in self.everything():
            for secret in secrets:
                found = re.search(re.escape(secret), text, re.IGNORECASE)
                around = text[max(0, found.start() - 300) : found.end() + 100] if found else ""
                assert found is None, f"{where} shows {secret!r}: …{around}…"


def ask(deployment: Deployment, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def with_secrets(bodies: list[bytes]) -> list[dict[str, Any]]:
    events = [json.loads(body) for body in bodies]
    for event in events:
        event["data"] |= {"text": WORDS, "sender_name": NAME, "attachments": [FILE]}
    return events


def count(deployment: Deployment, condition: str) -> int:
    number: int = ask(deployment, f"select count(*) from deliveries where {condition}")[0][0]
    return number


def is_there(deployment: Deployment, condition: str) -> bool:
    return count(deployment, condition) == 1


@pytest.fixture(scope="module")
def listener(shared_deployment: Deployment) -> Listener:
    """All processes at their most talkative, and a firm with its cases."""
    deployment = shared_deployment
    deployment.env |= {"CASEBRIDGE_LOG_LEVEL": "DEBUG", "CASEBRIDGE_SHARED_NOTES_EVERY_S": "1"}
    deployment.sandbox("--cases", "60")
    heard = Listener(deployment)
    heard.start("intake", "intake", line="intake_ready")
    heard.start("scheduler", "schedule", line="scheduler_ready")
    heard.start("worker", "work", "--threads", "4", line="worker_ready")
    deployment.connect()
    deployment.import_cases()
    return heard


def assert_silent_on_clients(listener: Listener) -> None:
    """On those of all cases."""
    rows = ask(
        listener.deployment,
        "select client_first_name, client_last_name, client_phone, client_email from cases",
    )
    assert rows
    for first, last, phone, email in rows:
        listener.assert_silent(f"{first} {last}", f"{last}, {first}", phone, *([email] if email else []))


def test_clients_of_cases_stay_out_of_logs_too(listener: Listener) -> None:
    deployment = listener.deployment
    deployment.tell("PUT", "faults", {"name": "server_error", "purpose": "search-cases", "times": 1})
    deployment.import_cases()
    deployment.tell("DELETE", "faults")
    listener.command("runs", "list")
    listener.command("issues", "list")
    assert_silent_on_clients(listener)


@pytest.mark.timeout(600)  # many processes; far less on a quiet machine
def test_text_and_names_stay_out_of_logs_metrics_issues_and_commands(listener: Listener) -> None:
    deployment = listener.deployment
    deployment.run("firms", "set", FIRM, "two_way=yes")
    port = free_port()
    web = listener.start("web", "web", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    web.wait_for_http(f"{url}/readyz")
    answers: list[str] = []

    def post(body: bytes) -> int:
        headers = {"Authorization": "Bearer let-me-in"}
        answer = httpx2.post(
            f"{url}/v1/events", content=body, headers=headers, trust_env=False, verify=False, timeout=60
        )
        answers.append(answer.text)
        return answer.status_code

    events = with_secrets(deployment.messages(40))

    # Success, by both ways; repeated, contradicted, and rejected in every way that keeps a text.
    deployment.publish([json.dumps(event).encode() for event in events[:10]])
    assert post(json.dumps(events[10]).encode()) == 202
    deployment.await_notes(11)
    other = json.loads(json.dumps(events[10]))
    other["data"]["text"] = f"{WORDS} again"
    assert post(json.dumps(other).encode()) == 409
    broken = json.loads(json.dumps(events[11]))
    broken["data"]["direction"] = NAME
    broken["data"]["sent_at"] = WORDS
    torn = json.dumps(events[11]).encode()[:-20]
    assert [post(json.dumps(broken).encode()), post(torn), post(torn + b" " * 300_000)] == [422, 422, 413]
    odd_type = {**events[11], "type": WORDS, "id": NAME}
    deployment.publish([json.dumps(broken).encode(), torn, json.dumps(odd_type).encode()])
    rejected = "select count(*) from rejected_events"
    eventually(lambda: ask(deployment, rejected)[0][0] == 5, 60, "the rejections")

    # SmartAdvocate's errors quote what was sent, in every shape.
    for shape, status, event in zip(
        ("message", "problem", "plain", "html"), (422, 400, 500, 503), events[12:16], strict=True
    ):
        quoting = [
            {"name": "server_error", "purpose": "insert-note", "status": status},
            {"name": "error_body", "shape": shape},
            {"name": "quote_request"},
        ]
        deployment.tell("PUT", "faults", quoting)
        deployment.publish([json.dumps(event).encode()])
        subject = event["data"]["message_id"]
        tried = f"subject_id = '{subject}' and (state = 'failed' or reason is not null)"
        eventually(partial(is_there, deployment, tried), 60, f"the error {status}")
    deployment.tell("DELETE", "faults")

    # The database refuses rows and quotes them; then what it holds cannot be understood.
    ask(
        deployment,
        "alter table deliveries add constraint no_more check (subject_id <> "
        f"'{events[20]['data']['message_id']}')",
    )
    assert post(json.dumps(events[20]).encode()) in {500, 503}
    ask(deployment, "alter table deliveries drop constraint no_more")
    ask(
        deployment,
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and usename = current_user and pid <> pg_backend_pid()",
    )
    eventually(lambda: post(json.dumps(events[21]).encode()) in {200, 202}, 60, "the database being back")
    deployment.tell("PUT", "faults", {"name": "latency", "ms": 300, "purpose": "insert-note"})
    deployment.publish([json.dumps(event).encode() for event in events[22:30]])
    ask(
        deployment,
        "update deliveries set data = data - 'sent_at' "
        "where delivery_id = (select max(delivery_id) from deliveries)",
    )

    # Crashes: killed, and asked to stop in the middle of work.
    eventually(lambda: count(deployment, "state = 'sending'") > 0, 60, "work being under way")
    listener.processes["worker 2"].kill()
    listener.start("worker", "work", "--threads", "4", line="worker_ready").terminate()
    deployment.tell("DELETE", "faults")
    listener.start("worker", "work", "--threads", "4", line="worker_ready")

    # Staff answer the client.
    watched = "select count(*) > 0 and bool_and(is_known) from watched_cases where not is_closed"
    eventually(lambda: ask(deployment, watched)[0][0], 60, "all cases being read")
    [(case,)] = ask(deployment, "select integration_id from cases where not closed limit 1")
    deployment.tell("POST", "notes", {"caseID": int(case), "noteText": SHARED, "isSharedinCP": True})
    announced = "select count(*) from outbox where kind = 'message-written' and published_at is not null"
    eventually(lambda: ask(deployment, announced)[0][0] == 1, 60, "the answer being announced")
    eventually(lambda: count(deployment, "state in ('pending', 'sending')") == 0, 90, "quiet")

    listener.seen["metrics"] = httpx2.get(f"{url}/metrics", trust_env=False, verify=False, timeout=60).text
    listener.seen["answers over HTTP"] = "\n".join(answers)
    for arguments in (
        ("issues", "list", "--json"),
        ("deliveries", "list", "--limit", "1000", "--json"),
        ("events", "rejected", "--json"),
        ("firms", "show", FIRM),
        ("doctor",),
    ):
        listener.command(*arguments)
    for (number,) in ask(deployment, "select delivery_id from deliveries where state <> 'delivered' limit 2"):
        listener.command("deliveries", "show", str(number))
    for table, columns in (
        ("issues", "message, key"),
        ("deliveries", "reason, detail"),
        ("delivery_attempts", "reason, detail"),
        ("rejected_events", "reason, detail, channel"),
        ("audit_log", "detail::text"),
        ("jobs", "name"),
    ):
        rows = ask(deployment, f"select {columns} from {table}")
        listener.seen[f"table {table}"] = "\n".join(map(str, rows))
    for process in list(listener.processes.values()):
        if process.is_running():
            process.terminate()
    listener.assert_silent(*SECRETS)
    assert_silent_on_clients(listener)
    assert "job_finished" in listener.processes["worker 2"].output  # there was something to read
