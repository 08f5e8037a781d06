"""Where an identity provider may be."""

from collections.abc import Collection

from adapters.http.hosts import HostGuard, HostRules, Resolve, resolve
from core.errors import ConfigurationError


def provider_hosts(
    http_hosts: Collection[str] = (), private_hosts: Collection[str] = (), resolve: Resolve = resolve
) -> HostGuard:
    """Make the guard: any public host, as the provider's own document says where its parts are."""
    rules = HostRules(
        "CASEBRIDGE_OIDC_DISCOVERY_URL",
        ConfigurationError,
        http_hosts=http_hosts,
        private_hosts=private_hosts,
        private_setting="CASEBRIDGE_OIDC_PRIVATE_HOSTS",
    )
    return HostGuard(rules, resolve)
