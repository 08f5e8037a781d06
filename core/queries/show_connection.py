"""Where a firm's connection to SmartAdvocate stands."""

from dataclasses import dataclass
from datetime import datetime

from core.actor import Actor, Power
from core.credentials import Account
from core.delivery import OPEN_STATES
from core.delivery_selection import Selection
from core.errors import ConfigurationError
from core.event import EventKind
from core.firm import ConnectionState
from core.issue import IssueKind
from core.ports.connections import Connections
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.known_firm import known_firm


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a firm's connection stands: `why` and `since` (UTC) of a lost one, and what waits by kind.

    `time_zone` is the firm's, by its IANA name: people of the firm read times in it.
    """

    firm_id: str
    name: str
    state: ConnectionState
    address: str | None
    account: str | None
    why: str | None
    since: datetime | None
    waiting: dict[str, int]
    time_zone: str


class ShowConnection:
    """Tells where a firm's connection stands."""

    def __init__(self, units_of_work: UnitsOfWork, connections: Connections) -> None:
        self._units_of_work = units_of_work
        self._connections = connections

    def __call__(self, actor: Actor, firm_id: str) -> Standing:
        """Look. Raises UnknownFirmError, NotAllowedError."""
        actor.must(Power.LOOK, firm_id)
        firms = frozenset({firm_id})
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            lost = [
                issue
                for issue in uow.issues.list_open(firms, with_muted=True)
                if issue.kind == IssueKind.CONNECTION_LOST
            ]
            waiting = {
                kind.value: uow.deliveries.count(
                    firms, Selection(firm_id, kind=kind, states=tuple(sorted(OPEN_STATES)))
                )
                for kind in EventKind
            }
        try:
            kept = self._connections.get(firm_id)
        except ConfigurationError:  # no key opens it: what is wrong is said by whoever needs the secret
            kept = None
        return Standing(
            firm_id,
            firm.name,
            firm.connection,
            firm.base_url,
            _shown(kept.account) if kept else None,
            lost[0].message if lost else None,
            lost[0].opened_at if lost else None,
            waiting,
            firm.time_zone,
        )


def _shown(account: Account) -> str:
    """Return whose rights the connection has, in words."""
    if account.name and account.account_id:
        return f"{account.name} (user {account.account_id})"
    return account.name or (f"user {account.account_id}" if account.account_id else "not told")
