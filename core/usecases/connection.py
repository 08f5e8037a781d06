"""A firm's connection is made, lost, restored or ended: said once, and what was held for it flows again."""

from dataclasses import replace
from typing import Final

from core.actor import SERVICE, Actor
from core.announcement import Announcement, AnnouncementKind
from core.audit import AuditAction
from core.credentials import Account, Credentials, Issued, OAuthCredentials
from core.errors import CasebridgeError, ConnectionRejectedError, UnknownFirmError, WrongAccountError
from core.firm import ConnectionState, Firm
from core.issue import IssueKind
from core.ports.authorization import AccountProbe, AuthorizationServer
from core.ports.connections import Connections
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.schedule import DELIVERED_BY, JobName

CASES_LOOKED_AT: Final = 5


def lose_connection(uow: UnitOfWork, firm_id: str, error: CasebridgeError) -> None:
    """Mark the firm `reconnect_required`; its deliveries wait, nobody else's do.

    Nothing happens to a firm that is not connected, or has connected anew since the error.
    """
    version = error.connection_version if isinstance(error, ConnectionRejectedError) else None
    if uow.firms.set_connection(firm_id, ConnectionState.RECONNECT_REQUIRED, of_version=version):
        uow.outbox.announce(
            [Announcement(AnnouncementKind.CONNECTION_LOST, firm_id, data={"reason": error.reason})]
        )
    firm = uow.firms.get(firm_id)
    if firm is not None and firm.connection is ConnectionState.RECONNECT_REQUIRED:
        uow.issues.open(firm_id, IssueKind.CONNECTION_LOST, firm_id, str(error))


class ConnectFirm:
    """Stores a firm with its credentials and opens the way for what waited for it."""

    def __init__(
        self, units_of_work: UnitsOfWork, connections: Connections, probe: AccountProbe | None = None
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._probe = probe

    def add(self, firm: Firm) -> None:
        """Add a firm or replace its settings. Messages that came before it wait no longer for the firm."""
        with self._units_of_work() as uow:
            uow.firms.save(firm)
            uow.issues.resolve(firm.firm_id, IssueKind.NOTE_TYPE_UNKNOWN)  # opened again where it still holds
            uow.deliveries.release_resolved_holds()
            uow.commit()

    def connect(
        self, firm: Firm, credentials: Credentials, issued: Issued | None = None, *, actor: Actor = SERVICE
    ) -> None:
        """Store the firm with credentials that SmartAdvocate has just accepted; let held deliveries go.

        `issued` is the token that proves it. Raises WrongAccountError, nothing changed, where the account
        sees none of the cases that the firm has here: it belongs to another firm. See `_must_be_same_firm`.
        """
        if issued is not None:
            self._must_be_same_firm(firm, issued)
        kind = "oauth" if isinstance(credentials, OAuthCredentials) else "password"
        self._connections.put(firm.firm_id, firm.base_url or "", credentials, issued)
        with self._units_of_work() as uow:
            before = uow.firms.get(firm.firm_id)
            # Deliveries first, then the firm: the order in which a worker stores its results.
            uow.deliveries.release_holds(firm.firm_id, [ConnectionRejectedError.reason])
            uow.firms.save(replace(before or firm, base_url=firm.base_url) if issued else firm)
            uow.firms.set_connection(firm.firm_id, ConnectionState.CONNECTED)
            if before is not None and before.connection is ConnectionState.RECONNECT_REQUIRED:
                uow.outbox.announce([Announcement(AnnouncementKind.CONNECTION_RESTORED, firm.firm_id)])
            uow.issues.resolve(firm.firm_id, IssueKind.CONNECTION_LOST)
            for name in (*DELIVERED_BY, JobName.IMPORT_CASES):
                uow.jobs.enqueue(name, [firm.firm_id])
            uow.audit.record(actor, firm.firm_id, AuditAction.FIRM_CONNECTED, {"by": kind})
            uow.commit()

    def _must_be_same_firm(self, firm: Firm, issued: Issued) -> None:
        """Refuse an account of another firm, as far as can be told.

        The same user at the same address is the same firm. Another user may be the firm's too (people leave):
        whether it sees the cases that are here already decides. A firm without cases has nothing to mix up.
        """
        kept = self._connections.get(firm.firm_id)
        if (
            kept is not None
            and kept.base_url == firm.base_url
            and kept.account.account_id is not None
            and kept.account.account_id == issued.account.account_id
        ):
            return
        with self._units_of_work() as uow:
            known = uow.cases.some(firm.firm_id, CASES_LOOKED_AT)
        if not known or self._probe is None or self._probe.sees_any(firm, issued.token, known) is not False:
            return
        raise WrongAccountError(
            f"firm {firm.firm_id!r}: this SmartAdvocate account sees none of the firm's cases that are here "
            f"already ({len(known)} were looked for), so it belongs to another firm; nothing was changed. "
            "Connect with an account of the same firm"
        )


class DisconnectFirm:
    """Ends a firm's connection at its own wish."""

    def __init__(
        self, units_of_work: UnitsOfWork, connections: Connections, server: AuthorizationServer
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._server = server

    def disconnect(self, firm_id: str, actor: Actor) -> bool:
        """Stop all traffic, revoke what was granted (RFC 7009), and forget the secrets.

        Returns False where SmartAdvocate offers no way to revoke: the firm should remove the access there.
        Deliveries wait and data stays. Where revoking fails the firm is disconnected all the same and the
        secrets stay for another try; the error says so. Raises UnknownFirmError, TransientError.
        """
        actor.must_reach(firm_id)
        with self._units_of_work() as uow:
            firm = uow.firms.get(firm_id)
            if firm is None:
                raise UnknownFirmError(f"there is no firm {firm_id!r}; 'casebridge firms list' shows them")
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

    def delete(self, firm_id: str, actor: Actor) -> None:
        """Delete a disconnected firm with everything that is kept of it, except the audit log.

        Raises UnknownFirmError; ConfigurationError unless it is disconnected.
        """
        actor.must_manage("delete a firm")
        with self._units_of_work() as uow:
            uow.firms.delete(firm_id)
            uow.audit.record(actor, firm_id, AuditAction.FIRM_DELETED)
            uow.commit()


def account_shown(account: Account) -> str:
    """Return whose rights the connection has, in words."""
    if account.name and account.account_id:
        return f"{account.name} (user {account.account_id})"
    return account.name or (f"user {account.account_id}" if account.account_id else "not told")
