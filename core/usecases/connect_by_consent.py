"""A firm connects by "Allow Access": from a link, over SmartAdvocate's log-in, and back (Walkthrough, 01)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.actor import Actor, Role
from core.audit import AuditAction
from core.consent import ConsentFailedError
from core.delivery import OPEN_STATES
from core.delivery_selection import Selection
from core.errors import ConfigurationError, ConnectionRejectedError, UnknownFirmError
from core.event import EventKind
from core.firm import ConnectionState, Firm
from core.issue import IssueKind
from core.ports.authorization import AuthorizationServer
from core.ports.connections import Connections
from core.ports.consents import Consents
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.connection import ConnectFirm, account_shown

LINK_LIFE: Final = timedelta(minutes=30)
SESSION_LIFE: Final = timedelta(minutes=60)
STATE_LIFE: Final = timedelta(minutes=10)
_NO_VERIFIER: Final = "v" * 43


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a firm's connection stands: `why` and `since` (UTC) of a lost one, and what waits by kind."""

    firm_id: str
    name: str
    state: ConnectionState
    address: str | None
    account: str | None
    why: str | None
    since: datetime | None
    waiting: dict[str, int]


class ShowConnection:
    """Tells where a firm's connection stands."""

    def __init__(self, units_of_work: UnitsOfWork, connections: Connections) -> None:
        self._units_of_work = units_of_work
        self._connections = connections

    def __call__(self, firm_id: str) -> Standing:
        """Look. Raises UnknownFirmError."""
        with self._units_of_work() as uow:
            firm = uow.firms.get(firm_id)
            if firm is None:
                raise UnknownFirmError(
                    f"there is no firm {firm_id!r}; 'casebridge firms list' shows the known ones"
                )
            issues = uow.issues.list_open(firm_id, with_muted=True)
            lost = [issue for issue in issues if issue.kind == IssueKind.CONNECTION_LOST]
            waiting = {
                kind.value: uow.deliveries.count(
                    Selection(firm_id, kind=kind, states=tuple(sorted(OPEN_STATES)))
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
            account_shown(kept.account) if kept else None,
            lost[0].message if lost else None,
            lost[0].opened_at if lost else None,
            waiting,
        )


class ConnectByConsent:
    """The flow behind the connection page. `redirect_uri` is exactly what SmartAdvocate has registered."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        consents: Consents,
        server: AuthorizationServer,
        connect_firm: ConnectFirm,
        redirect_uri: str,
    ) -> None:
        self._units_of_work = units_of_work
        self._consents = consents
        self._server = server
        self._connect_firm = connect_firm
        self._redirect_uri = redirect_uri

    def new_link(self, firm: Firm, actor: Actor) -> str:
        """Return the secret part of a link to the firm's page. Raises ConfigurationError, NotAllowedError."""
        actor.must_reach(firm.firm_id)
        # Said to the operator now rather than to the firm later.
        self._server.authorize_url(firm, self._redirect_uri, "state", _NO_VERIFIER)
        with self._units_of_work() as uow:
            uow.firms.save(firm)
            uow.audit.record(actor, firm.firm_id, AuditAction.CONNECT_LINK_MADE)
            uow.commit()
        return self._consents.new_link(firm.firm_id, LINK_LIFE)

    def open_link(self, link: str) -> str | None:
        """Return the secret of a browser session, or None for a link that is used up or too old."""
        return self._consents.open_link(link, SESSION_LIFE)

    def firm_of(self, session: str) -> Firm | None:
        """Return the firm that this session may connect."""
        firm_id = self._consents.firm_of(session)
        return None if firm_id is None else self._firm(firm_id)

    def start(self, session: str) -> str:
        """Return where the browser goes to allow access. Raises ConsentFailedError, ConfigurationError."""
        firm = self.firm_of(session)
        begun = self._consents.begin(session, STATE_LIFE)
        if firm is None or begun is None:
            raise ConsentFailedError("state")
        return self._server.authorize_url(firm, self._redirect_uri, begun.state, begun.verifier)

    def destination(self, session: str) -> str:
        """Return where `start` would lead to, begun by nobody. Raises ConfigurationError, TransientError."""
        firm = self.firm_of(session)
        if firm is None:
            raise ConsentFailedError("state")
        return self._server.authorize_url(firm, self._redirect_uri, "state", _NO_VERIFIER)

    def finish(self, session: str, state: str, code: str | None, error: str | None) -> None:
        """Connect the session's firm with what the browser brought back. Nothing is changed by an error.

        Raises ConsentFailedError, WrongAccountError, TransientError, ConfigurationError.
        """
        taken = self._consents.take(session, state)
        firm = None if taken is None else self._firm(taken[0])
        if taken is None or firm is None:
            raise ConsentFailedError("state")
        if error is not None or not code:
            raise ConsentFailedError(error or "invalid_request")
        issued = self._server.exchange(firm, self._redirect_uri, code, taken[1])
        person = Actor("connection page", Role.FIRM_ADMIN, frozenset({firm.firm_id}))
        try:
            self._connect_firm.connect(firm, issued.credentials, issued, actor=person)
        except ConnectionRejectedError:
            raise ConsentFailedError("invalid_grant") from None

    def _firm(self, firm_id: str) -> Firm | None:
        with self._units_of_work() as uow:
            return uow.firms.get(firm_id)
