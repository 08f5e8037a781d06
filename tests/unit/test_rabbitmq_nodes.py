"""Several addresses of one RabbitMQ: how they are written, and in which order they are tried."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from pika.credentials import PlainCredentials

from adapters.rabbitmq.nodes import Nodes, open_channel
from core.errors import ConfigurationError, TransientError
from core.process import HEARTBEAT

A, B, C = (f"amqp://casebridge:secret@{host}:5672/%2F" for host in "abc")


def hosts(nodes: Nodes) -> str:
    return "".join(node.host for node in nodes.in_turn())


@pytest.mark.parametrize("between", [",", ", ", ";", " ; "])
def test_addresses_are_parted_by_commas_or_as_kombu_and_dramatiq_have_it(between: str) -> None:
    assert Nodes(between.join([A, B, C]), "test").urls == (A, B, C)


def test_a_password_may_hold_commas_and_semicolons() -> None:
    url = "amqp://casebridge:one,two;three@a:5672/v"
    nodes = Nodes(f"{url},{B}", "test")
    assert nodes.urls == (url, B)
    (credentials,) = [node.credentials for node in Nodes(url, "test").in_turn()]
    assert isinstance(credentials, PlainCredentials)
    assert credentials.password == "one,two;three"


def test_each_try_begins_with_the_node_behind_the_one_before() -> None:
    nodes = Nodes(f"{A},{B},{C}", "test", begin_at=1)
    assert [hosts(nodes) for _ in range(4)] == ["bca", "cab", "abc", "bca"]


def test_processes_begin_with_nodes_drawn_by_lot() -> None:
    first = Counter(hosts(Nodes(f"{A},{B},{C}", "test"))[0] for _ in range(300))
    assert min(first[host] for host in "abc") > 50


def test_an_address_that_is_none_is_named_without_its_password() -> None:
    with pytest.raises(ConfigurationError, match="CASEBRIDGE_AMQP_URL is no AMQP URL") as told:
        Nodes(f"{A},amqp://casebridge:secret@b:many/v", "test")
    assert "secret" not in str(told.value)


def test_workers_try_all_nodes_and_share_them() -> None:
    from adapters.rabbitmq.broker import make_broker  # and with it Dramatiq, for this alone

    broker = make_broker(f"{A},{B},{C}")
    orders = {"".join(node.host for node in broker.parameters) for _ in range(3)}  # type: ignore[attr-defined]  # of Dramatiq's, untyped
    assert orders == {"abc", "bca", "cab"}


def test_a_worker_that_stands_still_gives_its_jobs_back_soon_after_its_claims_are_others() -> None:
    """RabbitMQ lets go of a connection when two heartbeats are missed; a process is gone after 15 s."""
    from adapters.rabbitmq.broker import make_broker  # and with it Dramatiq, for this alone

    node: Any
    for node in make_broker(f"{A},{B}").parameters:  # type: ignore[attr-defined]  # of Dramatiq's, untyped
        assert timedelta(seconds=2 * node.heartbeat) <= HEARTBEAT.gone_after + timedelta(seconds=5)
    [node] = make_broker(f"{A}?heartbeat=60").parameters  # type: ignore[attr-defined]  # of Dramatiq's, untyped
    assert node.heartbeat == 60, "who sets it knows why"
    assert {other.heartbeat for other in Nodes(A, "relay").in_turn()} == {30}


def test_where_no_node_answers_it_is_said_of_how_many() -> None:
    from tests.servers.ports import free_port  # and with it all that starts servers, for this alone

    url = ",".join(f"amqp://guest:guest@127.0.0.1:{free_port()}/" for _ in range(3))
    with (
        pytest.raises(TransientError, match="none of 3 nodes can be used; the last one: RabbitMQ at"),
        open_channel(Nodes(url, "test"), "a queue"),
    ):
        raise AssertionError("it was opened")
