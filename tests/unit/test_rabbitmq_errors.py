"""What RabbitMQ's refusals mean, in words."""

import pika
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker

from adapters.cli.words import sentence
from adapters.rabbitmq.connection import meaning
from core.errors import ConfigurationError, TransientError

PARAMETERS = pika.URLParameters("amqp://somebody:hidden@broker:5672/%2F")


def test_a_broker_that_failed_inside_itself_is_asked_again_and_a_person_learns_what_helps() -> None:
    found = meaning(ConnectionClosedByBroker(541, "INTERNAL_ERROR"), PARAMETERS, "the upstream queues")
    assert isinstance(found, TransientError)
    assert str(found) == (
        "RabbitMQ at broker:5672, virtual host '/' failed inside itself (the upstream queues): "
        "ConnectionClosedByBroker: (541, 'INTERNAL_ERROR')"
    )
    assert "restarted, it keeps its queues and messages" in sentence(found)


def test_a_queue_with_other_properties_needs_a_person() -> None:
    found = meaning(ChannelClosedByBroker(406, "PRECONDITION_FAILED"), PARAMETERS, "queue 'message-sent'")
    assert isinstance(found, ConfigurationError)
    assert "queue 'message-sent' exists with other properties" in str(found)


def test_no_meaning_shows_the_password() -> None:
    for code in (403, 404, 406, 530, 541):
        assert "hidden" not in str(meaning(ChannelClosedByBroker(code, "no"), PARAMETERS, "a queue"))
