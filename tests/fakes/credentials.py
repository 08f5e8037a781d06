"""Credentials in memory."""

from dataclasses import replace

from core.ports.credentials import PasswordCredentials


class FakeCredentials:
    """Credentials by firm."""

    def __init__(self) -> None:
        self._by_firm: dict[str, PasswordCredentials] = {}
        self._stored = 0

    def get(self, firm_id: str) -> PasswordCredentials | None:
        """Return the firm's credentials, or None."""
        return self._by_firm.get(firm_id)

    def put(self, firm_id: str, credentials: PasswordCredentials) -> None:
        """Store them."""
        self._stored += 1
        self._by_firm[firm_id] = replace(credentials, version=str(self._stored))
