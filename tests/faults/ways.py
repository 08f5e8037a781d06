"""What leads from a role to a server: a proxy before each of its nodes, switched together."""

from collections.abc import Sequence

from tests.servers.tcp_proxy import TcpProxy


class Ways:
    """The bad network between one role and one server."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self._proxies = [TcpProxy.before(url) for url in urls]

    @property
    def port(self) -> int:
        """The port of the first, where there is one."""
        return self._proxies[0].port

    def addresses(self, query: str = "") -> str:
        """Return the addresses that lead through, with commas between them."""
        ways = zip(self._proxies, self._urls, strict=True)
        return ",".join(f"{proxy.through(url)}{query}" for proxy, url in ways)

    def slow(self, latency_s: float) -> None:
        """Delay all that is said."""
        for proxy in self._proxies:
            proxy.slow(latency_s)

    def cut(self) -> None:
        """Refuse and end all connections."""
        for proxy in self._proxies:
            proxy.cut()

    def reset(self) -> None:
        """Reset all connections, and new ones too."""
        for proxy in self._proxies:
            proxy.reset()

    def half_open(self) -> None:
        """Swallow all that is said, and answer nothing."""
        for proxy in self._proxies:
            proxy.half_open()

    def heal(self) -> None:
        """Let new connections through."""
        for proxy in self._proxies:
            proxy.heal()

    def close(self) -> None:
        """End the proxies."""
        for proxy in self._proxies:
            proxy.close()
