"""Which addresses of document content may be followed: those on hosts that an operator has listed."""

from collections.abc import Collection

from adapters.http.hosts import HostGuard, HostRules, Resolve, resolve
from core.errors import ContentRefusedError


def content_hosts(
    hosts: Collection[str], http_hosts: Collection[str] = (), resolve: Resolve = resolve
) -> HostGuard:
    """Make the guard. An event says where content is, so nothing is followed that is not listed."""
    rules = HostRules(
        "CASEBRIDGE_DOCUMENT_HOSTS", ContentRefusedError, hosts, http_hosts=http_hosts, strict=True
    )
    return HostGuard(rules, resolve)
