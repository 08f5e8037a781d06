"""Connect a firm with credentials that its SmartAdvocate has accepted."""

from dataclasses import replace
from typing import Final

from core.actor import Actor, Power
from core.announcement import Announcement, AnnouncementKind
from core.audit import AuditAction
from core.credentials import Credentials, Issued, OAuthCredentials
from core.errors import ConnectionRejectedError, WrongAccountError
from core.firm import ConnectionState, Firm
from core.issue import IssueKind
from core.ports.authorization import AccountProbe
from core.ports.connections import Connections
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.schedule import DELIVERED_BY, JobName

CASES_LOOKED_AT: Final = 5


class ConnectFirm:
    """Stores a firm with its credentials and opens the way for what waited for it."""

    def __init__(self, units_of_work: UnitsOfWork, connections: Connections, probe: AccountProbe) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._probe = probe

    def __call__(
        self, actor: Actor, firm: Firm, credentials: Credentials, issued: Issued | None = None
    ) -> None:
        """Store the firm with credentials that SmartAdvocate has just accepted; let held deliveries go.

        `issued` is the token that proves it. Raises WrongAccountError, nothing changed, where the account
        sees none of the cases that the firm has here: it belongs to another firm. See `_must_be_same_firm`.
        Raises NotAllowedError.
        """
        actor.must(Power.CHANGE, firm.firm_id)
        if issued is not None:
            self._must_be_same_firm(actor, firm, issued)
        kind = "oauth" if isinstance(credentials, OAuthCredentials) else "password"
        self._connections.put(firm.firm_id, firm.base_url or "", credentials, issued)
        with self._units_of_work(actor) as uow:
            before = uow.firms.get(firm.firm_id)
            # Deliveries first, then the firm: the order in which a worker stores its results.
            cured = [ConnectionRejectedError.reason, Reason.ENCRYPTION_KEY_MISSING]
            uow.deliveries.release_holds(firm.firm_id, cured)
            uow.firms.save(replace(before or firm, base_url=firm.base_url) if issued else firm)
            uow.firms.set_connection(firm.firm_id, ConnectionState.CONNECTED)
            if before is not None and before.connection is ConnectionState.RECONNECT_REQUIRED:
                uow.outbox.announce([Announcement(AnnouncementKind.CONNECTION_RESTORED, firm.firm_id)])
            uow.issues.resolve(firm.firm_id, IssueKind.CONNECTION_LOST)
            for name in (*DELIVERED_BY, JobName.IMPORT_CASES):
                uow.jobs.enqueue(name, [firm.firm_id])
            uow.audit.record(actor, firm.firm_id, AuditAction.FIRM_CONNECTED, {"by": kind})
            uow.commit()

    def _must_be_same_firm(self, actor: Actor, firm: Firm, issued: Issued) -> None:
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
        with self._units_of_work(actor) as uow:
            known = uow.cases.some(firm.firm_id, CASES_LOOKED_AT)
        if not known or self._probe.sees_any(firm, issued.token, known) is not False:
            return
        raise WrongAccountError(
            f"firm {firm.firm_id!r}: this SmartAdvocate account sees none of the firm's cases that are here "
            f"already ({len(known)} were looked for), so it belongs to another firm",
            firm_id=firm.firm_id,
        )
