"""What every publisher of the relay promises (`core.ports.publisher.Publisher`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dramatiq
import pytest

from adapters.embedded.broker import EmbeddedBroker, EmbeddedPublisher
from adapters.rabbitmq.publisher import RabbitPublisher
from adapters.rabbitmq.topology import INTEGRATION_EXCHANGE, JOB_QUEUES, declare_topology
from core.outbox_row import OutboxRow
from core.ports.publisher import Publisher
from tests.fakes import FakePublisher
from tests.integration.rabbitmq_support import channel_to, drain, job_ids, job_row


@dataclass
class Subject:
    """A publisher, and what can be seen of it from the other side."""

    publisher: Publisher
    jobs: Callable[[str], list[int]]
    announcements: Callable[[], list[bytes]]


def fake(_request: pytest.FixtureRequest) -> Iterator[Subject]:
    publisher = FakePublisher()
    publisher.refused = {6666}
    yield Subject(
        publisher,
        lambda queue: [int(row.body) for row in publisher.published if row.queue == queue],
        lambda: [row.body for row in publisher.published if row.kind],
    )


def embedded(_request: pytest.FixtureRequest) -> Iterator[Subject]:
    broker = EmbeddedBroker()
    for queue in JOB_QUEUES:
        broker.declare_queue(queue)
    heard: list[bytes] = []
    publisher = EmbeddedPublisher(broker, [lambda row: heard.append(row.body)])
    yield Subject(
        publisher,
        lambda queue: [dramatiq.Message.decode(body).args[0] for body in broker.queues[queue].queue],
        lambda: heard,
    )
    broker.close()


def rabbitmq(request: pytest.FixtureRequest) -> Iterator[Subject]:
    url = request.getfixturevalue("amqp_url")
    declare_topology(url)
    with channel_to(url) as channel:
        channel.queue_declare("listener", durable=True)
        channel.queue_bind("listener", INTEGRATION_EXCHANGE, "#")
    publisher = RabbitPublisher(url)
    yield Subject(publisher, lambda queue: job_ids(drain(url, queue)), lambda: drain(url, "listener"))
    publisher.close()


@pytest.fixture(params=[fake, embedded, rabbitmq], ids=lambda make: make.__name__)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    yield from request.param(request)


def announcement(row_id: int, kind: str = "message-synced") -> OutboxRow:
    return OutboxRow(row_id=row_id, queue=None, kind=kind, body=b'{"n": %d}' % row_id)


def test_every_row_of_a_window_is_confirmed_and_there_in_order(subject: Subject) -> None:
    rows = [job_row(n) for n in range(1, 701)]
    assert sorted(subject.publisher.publish(rows)) == list(range(1, 701))
    assert subject.jobs("sync-messages") == list(range(1, 701))


def test_jobs_reach_the_queue_of_their_kind(subject: Subject) -> None:
    rows = [job_row(n, queue) for n, queue in enumerate(JOB_QUEUES, start=1)]
    assert sorted(subject.publisher.publish(rows)) == [row.row_id for row in rows]
    assert [subject.jobs(queue) for queue in JOB_QUEUES] == [[row.row_id] for row in rows]


def test_announcements_are_confirmed_and_reach_who_listens(subject: Subject) -> None:
    rows = [announcement(1), job_row(2), announcement(3, "case-closed")]
    assert sorted(subject.publisher.publish(rows)) == [1, 2, 3]
    assert subject.announcements() == [b'{"n": 1}', b'{"n": 3}']


def test_a_row_that_cannot_be_taken_does_not_hold_up_the_others(subject: Subject) -> None:
    rows = [job_row(1), OutboxRow(6666, "no-such-queue", None, b"6666"), job_row(3)]
    assert sorted(subject.publisher.publish(rows)) == [1, 3]
    assert subject.jobs("sync-messages") == [1, 3]


def test_an_empty_window_is_no_work(subject: Subject) -> None:
    assert list(subject.publisher.publish([])) == []


def test_a_row_may_be_published_again(subject: Subject) -> None:
    assert list(subject.publisher.publish([job_row(1)])) == [1]
    assert list(subject.publisher.publish([job_row(1)])) == [1]
    assert subject.jobs("sync-messages") == [1, 1]


def test_what_was_confirmed_stays_after_closing_which_may_be_repeated(subject: Subject) -> None:
    subject.publisher.publish([job_row(1)])
    subject.publisher.close()
    subject.publisher.close()
    assert subject.jobs("sync-messages") == [1]
