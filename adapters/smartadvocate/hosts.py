"""Which hosts a firm's SmartAdvocate and its authorization server may be on."""

from collections.abc import Collection

from adapters.http.hosts import HostGuard, HostRules, Resolve, resolve
from core.errors import ConfigurationError


def smartadvocate_hosts(
    hosts: Collection[str] = (),
    http_hosts: Collection[str] = (),
    private_hosts: Collection[str] = (),
    resolve: Resolve = resolve,
) -> HostGuard:
    """Make the guard. Without a list any public host will do: a firm may run its own SmartAdvocate."""
    rules = HostRules(
        "CASEBRIDGE_SMARTADVOCATE_HOSTS",
        ConfigurationError,
        hosts,
        http_hosts,
        private_hosts,
        "CASEBRIDGE_SMARTADVOCATE_PRIVATE_HOSTS",
    )
    return HostGuard(rules, resolve)
