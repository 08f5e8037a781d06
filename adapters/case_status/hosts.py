"""Which addresses of document content may be followed: those on hosts that an operator has listed."""

from collections.abc import Collection

from adapters.http.hosts import HostGuard, HostRules
from core.errors import ContentRefusedError


def content_hosts(hosts: Collection[str], http_hosts: Collection[str] = ()) -> HostGuard:
    """Make the guard. An event says where content is, so nothing is followed that is not listed."""
    return HostGuard(
        HostRules("CASEBRIDGE_DOCUMENT_HOSTS", ContentRefusedError, hosts, http_hosts=http_hosts, strict=True)
    )
