"""Bearer tokens without a server."""

import threading

from core.errors import ConnectionRejectedError
from core.firm import Firm
from core.ports.authorization import BearerTokens


class FakeTokens(BearerTokens):
    """A numbered token a firm. Firms in `rejected` cannot log in; `log_ins` counts log-ins by firm."""

    def __init__(self) -> None:
        self.rejected: set[str] = set()
        self.log_ins: dict[str, int] = {}
        self._lock = threading.Lock()

    def token(self, firm: Firm) -> str:
        """Return the firm's token, after a log-in if it has none."""
        with self._lock:
            return self._current(firm) if firm.firm_id in self.log_ins else self._log_in(firm)

    def renew(self, firm: Firm, rejected: str) -> str:
        """Log in again unless somebody else has since `rejected` was given out."""
        with self._lock:
            known = firm.firm_id in self.log_ins and self._current(firm) != rejected
            return self._current(firm) if known else self._log_in(firm)

    def _current(self, firm: Firm) -> str:
        return f"token-{firm.firm_id}-{self.log_ins[firm.firm_id]}"

    def _log_in(self, firm: Firm) -> str:
        if firm.firm_id in self.rejected:
            raise ConnectionRejectedError(
                f"SmartAdvocate refused the log-in of firm {firm.firm_id}; reconnect it"
            )
        self.log_ins[firm.firm_id] = self.log_ins.get(firm.firm_id, 0) + 1
        return self._current(firm)
