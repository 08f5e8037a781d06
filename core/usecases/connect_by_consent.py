"""A firm connects by "Allow Access": from a link, over SmartAdvocate's log-in, and back (Walkthrough, 01)."""

from datetime import timedelta
from typing import Final

from core.actor import SYSTEM, Actor, Power, Role
from core.audit import AuditAction
from core.consent import ConsentFailedError
from core.errors import ConnectionRejectedError
from core.firm import Firm
from core.ports.authorization import AuthorizationServer
from core.ports.connections import Consents
from core.ports.unit_of_work import UnitsOfWork
from core.session import SessionLimits, Visitor, Way
from core.usecases.connect_firm import ConnectFirm
from core.usecases.steps.known_firm import known_firm

LINK_LIFE: Final = timedelta(minutes=30)
SESSION_LIFE: Final = timedelta(minutes=60)
STATE_LIFE: Final = timedelta(minutes=10)
_NO_VERIFIER: Final = "v" * 43
_VISITOR: Final = "connection page"
_LIMITS: Final = SessionLimits(idle=SESSION_LIFE, whole=SESSION_LIFE)


class ConnectByConsent:
    """The flow behind the connection page, for whoever has a session and may change the firm.

    A firm's link opens a session of a visitor without a name, who is an administrator of that firm alone.

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
        visitor = Actor(_VISITOR, Role.FIRM_ADMIN, frozenset({firm.firm_id}))
        with self._units_of_work(SYSTEM) as uow:
            link = uow.sessions.new_link(
                Visitor(visitor, f"firm:{firm.firm_id}", Way.CONNECT_LINK, _LIMITS), LINK_LIFE
            )
            uow.commit()
        return f"{self._links_at}/{link}"

    def start(self, actor: Actor, firm_id: str, session: str) -> str:
        """Return where the browser goes to allow access; `session` is the secret of the actor's session.

        Raises ConsentFailedError for a session that is over; ConfigurationError, UnknownFirmError.
        """
        actor.must(Power.CHANGE, firm_id)
        firm = self._firm(actor, firm_id)
        begun = self._consents.begin(session, firm_id, STATE_LIFE)
        if begun is None:
            raise ConsentFailedError("state", firm_id)
        return self._server.authorize_url(firm, self._redirect_uri, begun.state, begun.verifier)

    def destination(self, actor: Actor, firm_id: str) -> str:
        """Return where `start` would lead to, begun by nobody.

        Raises ConfigurationError, TransientError, UnknownFirmError.
        """
        actor.must(Power.CHANGE, firm_id)
        firm = self._firm(actor, firm_id)
        return self._server.authorize_url(firm, self._redirect_uri, "state", _NO_VERIFIER)

    def finish(self, session: str, state: str, code: str | None, error: str | None) -> str:
        """Connect the firm of this state with what the browser brought back; return its id.

        The state is good in the session alone that began it, whose actor it is. An error changes nothing.
        Raises ConsentFailedError, WrongAccountError, TransientError, ConfigurationError, NotAllowedError.
        """
        taken = self._consents.take(session, state)
        with self._units_of_work(SYSTEM) as uow:
            known = uow.sessions.find(session)
            firm = None if taken is None else uow.firms.get(taken[0])
        if taken is None or firm is None or known is None:
            raise ConsentFailedError("state")
        known.actor.must(Power.CHANGE, firm.firm_id)
        if error is not None or not code:
            raise ConsentFailedError(error or "invalid_request", firm.firm_id)
        issued = self._server.exchange(firm, self._redirect_uri, code, taken[1])
        try:
            self._connect_firm(known.actor, firm, issued.credentials, issued)
        except ConnectionRejectedError:
            raise ConsentFailedError("invalid_grant", firm.firm_id) from None
        return firm.firm_id

    def _firm(self, actor: Actor, firm_id: str) -> Firm:
        with self._units_of_work(actor) as uow:
            return known_firm(uow, actor, firm_id)
