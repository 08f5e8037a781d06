"""The servers that tests run on keep their promises: isolation, and data that outlives a restart."""

import pika
import psycopg
import pytest

from tests.servers import PostgresServer, RabbitServer, eventually


def test_each_database_is_empty_and_its_own(postgres_server: PostgresServer, database_url: str) -> None:
    other = postgres_server.create_database()
    with psycopg.connect(database_url) as connection:
        connection.execute("create table mine (n int)")
    with psycopg.connect(other) as connection:
        row = connection.execute("select to_regclass('mine')").fetchone()
    postgres_server.drop_database(other)
    assert row == (None,)


def test_each_virtual_host_is_empty_and_its_own(rabbit_server: RabbitServer, amqp_url: str) -> None:
    other = rabbit_server.create_vhost()
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        connection.channel().queue_declare("mine", durable=True)
    assert rabbit_server.queues(amqp_url) == ["mine"]
    assert rabbit_server.queues(other) == []
    rabbit_server.drop_vhost(other)
