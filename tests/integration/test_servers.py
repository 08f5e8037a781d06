"""The servers that tests run on keep their promises: isolation, and data that outlives a restart."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pika
import pika.exceptions
import psycopg
import pytest

from sandbox.upstream_events import MessageEvents
from tests.deployment import Deployment
from tests.servers import (
    NoServerError,
    PostgresServer,
    Processes,
    RabbitServer,
    SessionGuard,
    eventually,
    found_postgres,
    found_rabbit,
)
from tests.servers.finding import AMQP_URL, DATABASE_URL, MANAGEMENT_URL, WAYS_VARIABLE
from tests.servers.rabbit_control import CommandControl, ManagementControl
from tests.servers.rabbit_node import PrivateRabbitNode, find_programs

ONE_BROKER_TEST = (
    "-n0",
    "-p",
    "no:cacheprovider",
    f"{__file__}::test_each_virtual_host_is_empty_and_its_own",
)

DURABLE = pika.BasicProperties(delivery_mode=2)


@contextmanager
def channel_to(url: str) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    """A channel of a new connection, with publisher confirms."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


def publish(url: str, queue: str, body: bytes) -> None:
    """Put a durable message into a new quorum queue and wait for the broker's word that it is safe."""
    with channel_to(url) as channel:
        channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_publish("", queue, body, DURABLE, mandatory=True)


def fetch(url: str, queue: str) -> bytes | None:
    """Take the next message, or None."""
    with channel_to(url) as channel:
        body: bytes | None = channel.basic_get(queue, auto_ack=True)[2]
        return body


def test_each_database_is_empty_and_its_own(postgres_server: PostgresServer, database_url: str) -> None:
    other = postgres_server.create_database()
    with psycopg.connect(database_url) as connection:
        connection.execute("create table mine (n int)")
    with psycopg.connect(other) as connection:
        row = connection.execute("select to_regclass('mine')").fetchone()
    postgres_server.drop_database(other)
    assert row == (None,)


def test_a_database_can_be_the_copy_of_another(postgres_server: PostgresServer, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create table mine as select generate_series(1, 3) as n")
    copy = postgres_server.create_database(template=database_url)
    with psycopg.connect(copy) as connection:
        assert connection.execute("select count(*) from mine").fetchone() == (3,)
    postgres_server.drop_database(copy)


def test_a_database_is_dropped_although_somebody_is_connected(postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        postgres_server.drop_database(url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")


def test_a_database_that_tests_did_not_make_is_not_touched(postgres_server: PostgresServer) -> None:
    with pytest.raises(RuntimeError, match="was not created by this test session"):
        postgres_server.drop_database(postgres_server.admin_url)


def test_a_restarted_postgres_keeps_its_url_and_data(
    postgres_server: PostgresServer, database_url: str
) -> None:
    if not postgres_server.is_ours:
        pytest.skip(f"the PostgreSQL is {postgres_server.origin}")
    with psycopg.connect(database_url) as connection:
        connection.execute("create table mine (n int)")
    postgres_server.restart()
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select to_regclass('mine') is not null").fetchone() == (True,)


def test_a_named_postgres_is_used_and_left_as_it_was(
    postgres_server: PostgresServer, session_guard: SessionGuard
) -> None:
    with found_postgres(session_guard, environ={DATABASE_URL: postgres_server.admin_url}) as named:
        assert not named.is_ours
        url = named.create_database()
        psycopg.connect(url).close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)
    psycopg.connect(postgres_server.admin_url).close()


def test_postgres_can_always_be_had(session_guard: SessionGuard) -> None:
    with found_postgres(session_guard, environ={WAYS_VARIABLE: "embedded"}) as server:
        assert server.origin == "the embedded one"
        psycopg.connect(server.create_database()).close()


def test_each_virtual_host_is_empty_and_its_own(rabbit_server: RabbitServer, amqp_url: str) -> None:
    other = rabbit_server.create_vhost()
    publish(amqp_url, "mine", b"hello")
    assert rabbit_server.queues(amqp_url) == ["mine"]
    assert rabbit_server.queues(other) == []
    rabbit_server.drop_vhost(other)
    with pytest.raises(pika.exceptions.AMQPError):
        pika.BlockingConnection(pika.URLParameters(other))


def test_queues_can_be_deleted_under_their_users(rabbit_server: RabbitServer, amqp_url: str) -> None:
    publish(amqp_url, "one", b"")
    publish(amqp_url, "two", b"")
    assert rabbit_server.delete_queues(amqp_url) == ["one", "two"]
    assert rabbit_server.queues(amqp_url) == []


def test_connections_of_one_virtual_host_can_be_closed(rabbit_server: RabbitServer, amqp_url: str) -> None:
    other = rabbit_server.create_vhost()
    with channel_to(other) as bystander:
        connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
        rabbit_server.close_all_connections(amqp_url)
        with pytest.raises(pika.exceptions.ConnectionClosed):
            connection.process_data_events(time_limit=20)
        bystander.queue_declare("still-here")
    rabbit_server.drop_vhost(other)


def test_connections_are_closed_by_the_management_api_alone_though_it_lists_them_later(
    rabbit_server: RabbitServer, amqp_url: str
) -> None:
    """As with a named server, where there is no rabbitmqctl."""
    if rabbit_server.management_url is None:
        pytest.skip("this RabbitMQ has no management plugin")
    admin = urlsplit(rabbit_server.admin_url)
    user, password = unquote(admin.username or ""), unquote(admin.password or "")
    control = ManagementControl(rabbit_server.management_url, user, password)
    with closing(control), channel_to(rabbit_server.create_vhost()) as bystander:
        connections = [pika.BlockingConnection(pika.URLParameters(amqp_url)) for _ in range(3)]
        control.close_connections(unquote(urlsplit(amqp_url).path[1:]))
        for connection in connections:
            with pytest.raises(pika.exceptions.ConnectionClosed):
                connection.process_data_events(time_limit=10)
        bystander.queue_declare("still-there", durable=True)


def test_a_virtual_host_that_tests_did_not_make_is_not_touched(rabbit_server: RabbitServer) -> None:
    with pytest.raises(RuntimeError, match="was not created by this test session"):
        rabbit_server.delete_queues(f"{rabbit_server.admin_url}/%2F")


@pytest.mark.long  # a whole node ends and starts; that of the faults, with its queues deleted, does so always
def test_a_restarted_broker_keeps_its_url_and_the_contents_of_quorum_queues(
    rabbit_server: RabbitServer, amqp_url: str
) -> None:
    if not rabbit_server.is_ours:
        pytest.skip(f"the RabbitMQ is {rabbit_server.origin}")
    publish(amqp_url, "mine", b"kept")
    rabbit_server.restart()
    assert (
        eventually(lambda: fetch(amqp_url, "mine"), 30, "the message", ignoring=(pika.exceptions.AMQPError,))
        == b"kept"
    )


def test_a_named_rabbit_is_used_and_left_as_it_was(
    rabbit_server: RabbitServer, session_guard: SessionGuard
) -> None:
    if rabbit_server.management_url is None:
        pytest.skip("this RabbitMQ has no management plugin")
    environ = {AMQP_URL: rabbit_server.admin_url, MANAGEMENT_URL: rabbit_server.management_url}
    with found_rabbit(session_guard, environ=environ) as named:
        assert not named.is_ours
        url = named.create_vhost()
        publish(url, "mine", b"")
    with pytest.raises(pika.exceptions.AMQPError):
        pika.BlockingConnection(pika.URLParameters(url))


def test_a_named_rabbit_without_management_is_refused_with_the_setting_to_make(
    rabbit_server: RabbitServer, session_guard: SessionGuard
) -> None:
    environ = {AMQP_URL: rabbit_server.admin_url, MANAGEMENT_URL: "http://127.0.0.1:9"}
    with (
        pytest.raises(NoServerError, match=f"Set {MANAGEMENT_URL}"),
        found_rabbit(session_guard, environ=environ),
    ):
        pass


def test_a_private_node_without_the_management_plugin_is_administered_and_casebridge_works_on_it(
    session_guard: SessionGuard,
    processes: Processes,
    migrated_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if find_programs() is None:
        pytest.skip("no rabbitmq-server among this machine's programs")
    monkeypatch.setattr(PrivateRabbitNode, "_has_plugin", lambda _self, _name: False)
    with found_rabbit(session_guard, environ={WAYS_VARIABLE: "programs"}) as server:
        assert isinstance(server._control, CommandControl)
        url = server.create_vhost()
        publish(url, "mine", b"hello")
        server._control.delete_queue(unquote(urlsplit(url).path[1:]), "mine")
        service = Deployment(processes, migrated_database_url, url, tmp_path)
        intake = service.intake()
        service.publish([MessageEvents("north", ["300417"], seed=1).body(1, datetime.now(UTC))])
        eventually(lambda: service.stored("select count(*) from inbox") == 1, 30, "the event being recorded")
        assert intake.terminate() == 0
        queues = server.queues(url)
        assert "mine" not in queues
        assert "message-sent" in queues
        server.drop_vhost(url)
        with pytest.raises(pika.exceptions.AMQPConnectionError), channel_to(url):
            pass


def test_without_any_rabbit_broker_tests_skip_and_say_so_loudly(processes: Processes) -> None:
    run = processes.start("pytest", *ONE_BROKER_TEST, env={WAYS_VARIABLE: "embedded", "CI": ""})
    assert run.wait(120) == 0, run.output
    assert "1 skipped" in run.output
    assert "RabbitMQ: MISSING: broker tests did NOT run." in run.output


def test_without_any_rabbit_a_run_in_ci_fails(processes: Processes) -> None:
    run = processes.start("pytest", *ONE_BROKER_TEST, env={WAYS_VARIABLE: "embedded", "CI": "true"})
    assert run.wait(120) == 1, run.output
    assert "no RabbitMQ, and CI demands one" in run.output
