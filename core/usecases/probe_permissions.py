"""Tell what the connected account may do, reading only, and what to ask the administrator for."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from core.actor import Actor, Power
from core.case import SourceCase
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.errors import (
    CasebridgeError,
    CaseNotFoundError,
    ConnectionRejectedError,
    PermissionMissingError,
    TransientError,
)
from core.event import EventKind
from core.firm import Firm
from core.foreign import guarded
from core.issue import IssueKind
from core.permission import Grant, Permission, Right
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.probe import ProbeKind
from core.usecases.import_by_hand import Seat
from core.usecases.steps.connected import must_be_connected
from core.verification import CheckName
from core.window import window_for

_WRITES: Final = {
    Right.INSERT_NOTE: (EventKind.MESSAGE_SENT, CheckName.NOTE_WRITTEN),
    Right.UPLOAD_DOCUMENT: (EventKind.DOCUMENT_UPLOADED, CheckName.DOCUMENT_WRITTEN),
}


class ProbePermissions:
    """Tries every read; whether the account may write is told from what it wrote, or was refused, before.

    Each missing right is one issue, resolved by the first probe that finds it granted.
    """

    def __init__(
        self, units_of_work: UnitsOfWork, case_management: CaseManagement, clock: Clock, seat: Seat
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = guarded(case_management)
        self._clock = clock
        self._seat = seat

    def __call__(self, actor: Actor, firm: Firm) -> Sequence[Permission]:
        """Return every right. Raises NotAllowedError, and NeedsPersonError for a firm that is not connected.

        ConnectionRejectedError and TransientError are raised where nothing can be told.
        """
        actor.must(Power.CHANGE, firm.firm_id)
        must_be_connected(firm)
        with self._seat(firm.firm_id):
            permissions = [*self._reads(firm)]
        with self._units_of_work(actor) as uow:
            permissions += [_write(uow, firm.firm_id, right) for right in _WRITES]
            data = {"permissions": [permission.to_data() for permission in permissions]}
            missing = [p for p in permissions if p.grant is Grant.MISSING]
            uow.reports.add_probe(firm.firm_id, ProbeKind.PERMISSIONS, data, passed=not missing)
            for permission in permissions:
                if permission.grant is Grant.MISSING:
                    words = f"firm {firm.firm_id!r} may not {permission.right}: {permission.detail}"
                    uow.issues.open(
                        firm.firm_id, IssueKind.ACCOUNT_RIGHT_MISSING, permission.right.value, words
                    )
                elif permission.grant is Grant.GRANTED:
                    uow.issues.resolve(firm.firm_id, IssueKind.ACCOUNT_RIGHT_MISSING, permission.right.value)
            uow.commit()
        return permissions

    def _reads(self, firm: Firm) -> Sequence[Permission]:
        window = window_for(self._clock.now(), first=True)
        cases: list[SourceCase] = []

        def search() -> str:
            page = self._case_management.search_cases(firm, window.since, window.until, 0)
            cases.extend(row for row in page.rows if isinstance(row, SourceCase))
            return f"{len(page.rows)} cases on the first page"

        rights = [_tried(Right.READ_CASES, search)]
        rights.append(_tried(Right.READ_STATUSES, lambda: _number(self._case_management.case_statuses(firm))))
        if not cases:
            why = "no case is visible to this account, so it cannot be tried"
            others = (Right.READ_CONTACTS, Right.READ_NOTES, Right.READ_DOCUMENTS)
            return [*rights, *(Permission(right, Grant.UNTRIED, why) for right in others)]
        case_id = cases[0].integration_id
        rights.insert(1, self._contacts(firm, case_id))
        rights.append(_tried(Right.READ_NOTES, lambda: _number(self._case_management.notes(firm, case_id))))
        rights.append(
            _tried(Right.READ_DOCUMENTS, lambda: _number(self._case_management.documents(firm, case_id)))
        )
        return rights

    def _contacts(self, firm: Firm, case_id: str) -> Permission:
        """SmartAdvocate does not refuse contacts, it leaves them out: what has no phone and no e-mail."""

        def read() -> str:
            case = self._case_management.case_by_id(firm, case_id)
            if any(person.phones or person.email for person in case.plaintiffs):
                return f"case {case_id} came with its contacts"
            raise PermissionMissingError(f"case {case_id} came without phones and e-mail addresses")

        return _tried(Right.READ_CONTACTS, read)


def _tried(right: Right, read: Callable[[], str]) -> Permission:
    try:
        return Permission(right, Grant.GRANTED, read())
    except (PermissionMissingError, CaseNotFoundError) as error:
        return Permission(right, Grant.MISSING, str(error))
    except (ConnectionRejectedError, TransientError):
        raise
    except CasebridgeError as error:  # for example a route that this SmartAdvocate does not have
        return Permission(right, Grant.UNKNOWN, str(error))


def _number(rows: Sequence[Any]) -> str:
    return f"{len(rows)} read"


def _write(uow: UnitOfWork, firm_id: str, right: Right) -> Permission:
    """Tell from the newest delivery and verification whether the account may write."""
    kind, check_name = _WRITES[right]
    refused = Selection(
        firm_id, states=(DeliveryState.HELD,), reason=PermissionMissingError.reason, kind=kind
    )
    if uow.deliveries.count(frozenset({firm_id}), refused):
        return Permission(right, Grant.MISSING, "deliveries are held because SmartAdvocate refused them")
    delivered = Selection(firm_id, states=(DeliveryState.DELIVERED,), kind=kind)
    recent = uow.deliveries.find(frozenset({firm_id}), delivered, 1)
    if recent:
        return Permission(right, Grant.GRANTED, "deliveries went out")
    for result in uow.reports.probes(firm_id, ProbeKind.VERIFICATION, 5):
        for case in result.document["cases"]:
            for check in case["checks"]:
                if check["check"] == check_name and check["passed"]:
                    return Permission(right, Grant.GRANTED, f"shown by verification {result.number}")
                if check["check"] == check_name and "permission" in str(check["detail"]):
                    return Permission(right, Grant.MISSING, str(check["detail"]))
    why = "only doing it tells: a verification that writes test notes and documents"
    return Permission(right, Grant.UNTRIED, why)
