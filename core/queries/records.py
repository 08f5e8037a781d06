"""What is kept for people: open issues, the audit log, rejected events, reports and verifications."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from core.actor import Actor, Power
from core.audit import AuditEntry
from core.errors import UnknownThingError
from core.exception_day import ExceptionDay
from core.issue import Issue
from core.letter import Recipient
from core.paging import Page, Place, bounded, number_in, page_of
from core.ports.inbox import RejectedGroup, RejectedSummary
from core.ports.unit_of_work import UnitsOfWork
from core.probe import ProbeKind, ProbeResult
from core.reason import Reason
from core.thing import Thing
from core.usecases.steps.known_firm import must_be_known

_REPORTS_LISTED: Final = 400  # days: more than a year


class RecordQueries:
    """Looks at records of the actor's firms. Raises NotAllowedError for others."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def issues(self, actor: Actor, firm_id: str | None, *, with_muted: bool) -> Sequence[Issue]:
        """Return open issues of the firm, or of all the actor's firms, oldest first.

        Raises UnknownFirmError.
        """
        firms = actor.within(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            return uow.issues.list_open(firms, with_muted=with_muted)

    def issue_page(
        self, actor: Actor, firm_id: str | None, after: Place | None, limit: int, *, with_muted: bool
    ) -> Page[Issue]:
        """Return a page of `issues`. Raises UnknownFirmError."""
        firms, limit = actor.within(Power.LOOK, firm_id), bounded(limit)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            number = number_in(after) or 0
            found = uow.issues.list_open(firms, with_muted=with_muted, after=number, limit=limit + 1)
        return page_of(found, limit, lambda issue: (issue.number,))

    def audit_page(
        self, actor: Actor, firm_id: str | None, before: Place | None, limit: int
    ) -> Page[AuditEntry]:
        """Return a page of `audit_log`. Raises UnknownFirmError for a firm that never was."""
        firms, limit = actor.within(Power.LOOK, firm_id), bounded(limit)
        with self._units_of_work(actor) as uow:
            entries = uow.audit.list(firms, limit + 1, before=number_in(before))
            if not entries and before is None:
                must_be_known(uow, actor, firm_id)
        return page_of(entries, limit, lambda entry: (entry.number,))

    def rejected_page(
        self, actor: Actor, before: Place | None, limit: int, *, with_replayed: bool
    ) -> Page[RejectedSummary]:
        """Return a page of `rejected_events`; with `with_replayed` those too that were replayed."""
        actor.must_everywhere(Power.OPERATE)
        limit = bounded(limit)
        with self._units_of_work(actor) as uow:
            number = number_in(before)
            found = uow.inbox.rejected(limit + 1, with_replayed=with_replayed, before=number)
        return page_of(found, limit, lambda event: (event.event_id,))

    def rejected_event(self, actor: Actor, event_id: int) -> RejectedSummary:
        """Return one event that was set aside, without its body. Raises UnknownThingError."""
        actor.must_everywhere(Power.OPERATE)
        with self._units_of_work(actor) as uow:
            event = uow.inbox.rejected_one(event_id)
        if event is None:
            raise UnknownThingError(f"there is no rejected event {event_id}", thing=Thing.REJECTED_EVENT)
        return event

    def audit_log(self, actor: Actor, firm_id: str | None, limit: int) -> Sequence[AuditEntry]:
        """Return what people changed, newest first: of the firm, or of all the actor's firms.

        The log of a firm outlives it. Raises UnknownFirmError for one that never was.
        """
        firms = actor.within(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            entries = uow.audit.list(firms, limit)
            if not entries:
                must_be_known(uow, actor, firm_id)
            return entries

    def rejected_events(
        self,
        actor: Actor,
        limit: int,
        *,
        with_replayed: bool,
        before: int | None = None,
        reason: Reason | None = None,
    ) -> Sequence[RejectedSummary]:
        """Return events that were set aside, newest first, without their bodies; below the number `before`.

        Nobody can tell for certain whose they are: they are for those who may manage all firms.
        """
        actor.must_everywhere(Power.OPERATE)
        with self._units_of_work(actor) as uow:
            return uow.inbox.rejected(limit, with_replayed=with_replayed, before=before, reason=reason)

    def rejected_groups(self, actor: Actor) -> Sequence[RejectedGroup]:
        """Return what nobody has decided on by channel and reason; for whom `rejected_events` is."""
        actor.must_everywhere(Power.OPERATE)
        with self._units_of_work(actor) as uow:
            return uow.inbox.rejected_groups()

    def recipients(self, actor: Actor, firm_id: str) -> Sequence[Recipient]:
        """Return who gets letters about the firm, by address. Raises UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            return uow.letters.recipients(frozenset({firm_id}))

    def exception_days(self, actor: Actor, firm_id: str) -> Sequence[date]:
        """Return the days (UTC) of the firm's newest exception reports, newest first. UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            return uow.reports.exception_days(firm_id, _REPORTS_LISTED)

    def exception_page(
        self, actor: Actor, firm_id: str, before: date | None, limit: int
    ) -> Page[ExceptionDay]:
        """Return a page of the firm's exception reports in short, newest first: those before that day (UTC).

        The place of the next page is a day as text. Raises UnknownFirmError.
        """
        actor.must(Power.LOOK, firm_id)
        limit = bounded(limit)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            found = uow.reports.exception_list(firm_id, limit + 1, before)
        return page_of(found, limit, lambda one: (one.day.isoformat(),))

    def exception_report(self, actor: Actor, firm_id: str, day: date | None) -> Mapping[str, Any]:
        """Return the firm's report of that day (UTC), or its newest.

        Raises UnknownThingError, UnknownFirmError.
        """
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            report = uow.reports.exceptions(firm_id, day)
            if report is None:
                days = ", ".join(str(d) for d in uow.reports.exception_days(firm_id)) or "none yet"
                raise UnknownThingError(
                    f"firm {firm_id!r} has no such report; there are: {days}",
                    firm_id=firm_id,
                    thing=Thing.REPORT,
                )
            return report

    def verifications(self, actor: Actor, firm_id: str) -> Sequence[ProbeResult]:
        """Return the firm's verifications, newest first. Raises UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            return uow.reports.probes(firm_id, ProbeKind.VERIFICATION)

    def verification(self, actor: Actor, number: int) -> ProbeResult:
        """Return one verification. Raises UnknownThingError, for another firm's too."""
        with self._units_of_work(actor) as uow:
            result = uow.reports.probe(number)
        if result is None or result.kind is not ProbeKind.VERIFICATION or not actor.reaches(result.firm_id):
            raise UnknownThingError(f"there is no verification {number}", thing=Thing.VERIFICATION)
        actor.must(Power.LOOK, result.firm_id)
        return result
