"""Servers for tests: found or started once a session, isolated test by test."""

from tests.servers.finding import NoServerError, found_postgres, found_rabbit
from tests.servers.guard import SessionGuard
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer
from tests.servers.processes import Processes, RunningProcess
from tests.servers.rabbit import RabbitServer
from tests.servers.waiting import eventually
from tests.servers.warm_python import WarmPython

__all__ = [
    "NoServerError",
    "PostgresServer",
    "Processes",
    "RabbitServer",
    "RunningProcess",
    "SessionGuard",
    "WarmPython",
    "eventually",
    "found_postgres",
    "found_rabbit",
    "free_port",
]
