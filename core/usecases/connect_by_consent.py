"""A firm connects by "Allow Access": from a link, over SmartAdvocate's log-in, and back (Walkthrough, 01)."""

from datetime import datetime, timedelta
from typing import Final

from core.actor import Actor, Power, Role
from core.audit import AuditAction
from core.consent import ConsentFailedError
from core.errors import ConnectionRejectedError
from core.firm import Firm
from core.ports.authorization import AuthorizationServer
from core.ports.consents import Consents
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.connect_firm import ConnectFirm

LINK_LIFE: Final = timedelta(minutes=30)
SESSION_LIFE: Final = timedelta(minutes=60)
STATE_LIFE: Final = timedelta(minutes=10)
_NO_VERIFIER: Final = "v" * 43
_VISITOR: Final = "connection page"


class ConnectByConsent:
    """The flow behind the connection page.

    There is no sign-in: the secret of a link, and then of its session, decides whose page it is. What happens
    there happens in the name of that firm's visitor. Only making a link asks for an actor.

    `redirect_uri` is exactly what SmartAdvocate has registered; `links_at` is where a link's secret goes.
    """

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        consents: Consents,
        server: AuthorizationServer,
        connect_firm: ConnectFirm,
        *,
        redirect_uri: str,
        links_at: str,
    ) -> None:
        self._units_of_work = units_of_work
        self._consents = consents
        self._server = server
        self._connect_firm = connect_firm
        self._redirect_uri = redirect_uri
        self._links_at = links_at

    def new_link(self, actor: Actor, firm: Firm) -> str:
        """Return a link to the firm's page, good once. Raises ConfigurationError, NotAllowedError."""
        actor.must(Power.CHANGE, firm.firm_id)
        # Said to the operator now rather than to the firm later.
        self._server.authorize_url(firm, self._redirect_uri, "state", _NO_VERIFIER)
        with self._units_of_work(actor) as uow:
            uow.firms.save(firm)
            uow.audit.record(actor, firm.firm_id, AuditAction.CONNECT_LINK_MADE)
            uow.commit()
        return f"{self._links_at}/{self._consents.new_link(firm.firm_id, LINK_LIFE)}"

    def visitor(self, session: str) -> Actor:
        """Return whom the secret of a session stands for: one who reaches no firm where it is over."""
        firm_id = self._consents.firm_of(session)
        return Actor(_VISITOR, Role.FIRM_ADMIN) if firm_id is None else _visitor_of(firm_id)

    def open_link(self, link: str) -> str | None:
        """Return the secret of a browser session for a link's; None for one that is used up or too old."""
        return self._consents.open_link(link, SESSION_LIFE)

    def firm_of(self, session: str) -> Firm | None:
        """Return the firm that this session may connect."""
        firm_id = self._consents.firm_of(session)
        return None if firm_id is None else self._firm(firm_id)

    def ends_at(self, session: str) -> datetime | None:
        """Return when the session is over (UTC); None for one that is unknown or over."""
        return self._consents.ends_at(session)

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
        try:
            self._connect_firm(_visitor_of(firm.firm_id), firm, issued.credentials, issued)
        except ConnectionRejectedError:
            raise ConsentFailedError("invalid_grant") from None

    def _firm(self, firm_id: str) -> Firm | None:
        with self._units_of_work(_visitor_of(firm_id)) as uow:
            return uow.firms.get(firm_id)


def _visitor_of(firm_id: str) -> Actor:
    return Actor(_VISITOR, Role.FIRM_ADMIN, frozenset({firm_id}))
