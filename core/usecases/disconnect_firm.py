"""End a firm's connection at its own wish."""

from core.actor import Actor, Power
from core.audit import AuditAction
from core.credentials import OAuthCredentials
from core.firm import ConnectionState
from core.issue import IssueKind
from core.ports.authorization import AuthorizationServer
from core.ports.connections import Connections
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.known_firm import known_firm


class DisconnectFirm:
    """Ends the traffic first, then the access. Deliveries wait and data stays."""

    def __init__(
        self, units_of_work: UnitsOfWork, connections: Connections, server: AuthorizationServer
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._server = server

    def __call__(self, actor: Actor, firm_id: str) -> bool:
        """Stop all traffic, revoke what was granted (RFC 7009), and forget the secrets.

        Returns False where SmartAdvocate offers no way to revoke: the firm should remove the access there.
        Where revoking fails the firm is disconnected all the same and the secrets stay for another try; the
        error says so. Raises NotAllowedError, UnknownFirmError, TransientError.
        """
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            if uow.firms.set_connection(firm_id, ConnectionState.DISCONNECTED):
                uow.audit.record(actor, firm_id, AuditAction.FIRM_DISCONNECTED)
            uow.issues.resolve(firm_id, IssueKind.CONNECTION_LOST)
            uow.commit()
        with self._connections.locked(firm_id) as locked:  # a renewal under way must not outlive this
            kept = locked.read()
            if kept is None:
                return True
            revoked = True
            if isinstance(kept.credentials, OAuthCredentials):
                token = kept.bearer.token if kept.bearer else None
                revoked = self._server.revoke(firm, kept.credentials, token)
            locked.forget()
        return revoked
