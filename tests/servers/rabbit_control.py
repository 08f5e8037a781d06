"""Administering RabbitMQ over its management HTTP API, or by rabbitmqctl where that plugin is missing."""

import socket
import time
from collections.abc import Callable
from urllib.parse import quote

import httpx2

from tests.servers.waiting import eventually

RETRY_S = 0.1
RETRY_WITHIN_S = 15.0
CLOSED_WITHIN_S = 30.0  # lists follow by five seconds, or what the broker's settings say


class ManagementControl:
    """The management HTTP API: tens of milliseconds a call, where rabbitmqctl takes a second or two."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._user = user
        self._client = httpx2.Client(base_url=f"{url.rstrip('/')}/api", auth=(user, password), timeout=30.0)

    def is_answering(self, within_s: float = 0.0) -> bool:
        """Tell whether the API lets the user in; a starting node is given `within_s` seconds to answer."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                return self._client.get("/whoami", timeout=3.0).status_code == httpx2.codes.OK
            except httpx2.HTTPError:
                if time.monotonic() >= deadline:
                    return False
            time.sleep(RETRY_S)

    def close(self) -> None:
        """Close the HTTP client."""
        self._client.close()

    def add_vhost(self, vhost: str) -> None:
        self._call("PUT", f"/vhosts/{_part(vhost)}")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._call("PUT", f"/permissions/{_part(vhost)}/{_part(self._user)}", everything)

    def delete_vhost(self, vhost: str) -> None:
        self._call("DELETE", f"/vhosts/{_part(vhost)}")

    def close_connections(self, vhost: str) -> None:
        """Close whoever is connected now, and return when they are gone.

        The broker knows at once who is there. The API's lists, by which it finds a connection to close,
        follow seconds later: until then closing one is answered with 404.
        """
        doomed = self._connected(vhost)

        def gone() -> bool:
            left = doomed & self._connected(vhost)
            for name in left:
                self._call("DELETE", f"/connections/{_part(name)}")
            return not left

        eventually(gone, CLOSED_WITHIN_S, f"closing {len(doomed)} connections", poll_s=RETRY_S)

    def _connected(self, vhost: str) -> set[str]:
        """Return the names of this user's connections, by the broker's own book."""
        answer = self._call("GET", f"/connections/username/{_part(self._user)}")
        return {connection["name"] for connection in answer.json() if connection["vhost"] == vhost}

    def queues(self, vhost: str) -> list[str]:
        return [queue["name"] for queue in self._call("GET", f"/queues/{_part(vhost)}").json()]

    def delete_queue(self, vhost: str, name: str) -> None:
        self._call("DELETE", f"/queues/{_part(vhost)}/{_part(name)}")

    def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> httpx2.Response:
        answer = self._request(method, path, body)
        if answer.status_code == httpx2.codes.NOT_FOUND and method == "DELETE":
            return answer
        answer.raise_for_status()
        return answer

    def _request(self, method: str, path: str, body: dict[str, str] | None) -> httpx2.Response:
        """Ask again where the API is not there: after a restart it follows the broker by a moment.

        All that we ask may be asked twice.
        """
        deadline = time.monotonic() + RETRY_WITHIN_S
        while True:
            try:
                return self._client.request(method, path, json=body)
            except httpx2.TransportError:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(RETRY_S)


class CommandControl:
    """rabbitmqctl, run by `run`, which returns what it printed and raises where it fails."""

    def __init__(self, run: Callable[[list[str]], str], user: str) -> None:
        self._run = run
        self._user = user

    def add_vhost(self, vhost: str) -> None:
        self._run(["add_vhost", vhost])
        self._run(["set_permissions", "-p", vhost, self._user, ".*", ".*", ".*"])

    def delete_vhost(self, vhost: str) -> None:
        self._run(["delete_vhost", vhost])

    def close_connections(self, vhost: str) -> None:
        self._run(["close_all_connections", "-p", vhost, "closed by a test"])

    def queues(self, vhost: str) -> list[str]:
        listed = self._run(["list_queues", "-p", vhost, "--silent", "--no-table-headers", "name"])
        return [line.strip() for line in listed.splitlines() if line.strip()]

    def delete_queue(self, vhost: str, name: str) -> None:
        self._run(["delete_queue", "-p", vhost, name])


class CombinedControl(ManagementControl):
    """The API for speed, rabbitmqctl for what the API knows only seconds later: who is connected."""

    def __init__(self, url: str, user: str, password: str, run: Callable[[list[str]], str]) -> None:
        super().__init__(url, user, password)
        self._command = CommandControl(run, user)

    def close_connections(self, vhost: str) -> None:
        self._command.close_connections(vhost)


def amqp_answers(host: str, port: int) -> bool:
    """Tell whether a broker answers the AMQP header: a listener alone may still be starting."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(connection.recv(1))
    except OSError:
        return False


def _part(name: str) -> str:
    return quote(name, safe="")
