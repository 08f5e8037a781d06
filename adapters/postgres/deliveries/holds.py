"""Lifting holds: by a person, by what was missing and is there, and by trying."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from adapters.postgres.deliveries.settling import WORDS, Settling, arrays
from adapters.postgres.store.session import Row
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import bulk, short
from core.delivery import WAITS_FOR_IMPORT
from core.document import DocumentUploaded
from core.errors import ContentExpiredError
from core.event import EventKind, UpstreamEvent
from core.ports.deliveries import ImportPace
from core.reason import Reason

_SQL: Final = Statements.beside(__file__)
_WAITS_FOR_IMPORT: Final = [reason.value for reason in WAITS_FOR_IMPORT]
_RESOLVABLE: Final = {"firm_unknown": Reason.FIRM_UNKNOWN.value, "waits_for_import": _WAITS_FOR_IMPORT}
_KINDS: Final = [kind.value for kind in EventKind]
_EXPIRED: Final = ContentExpiredError.reason


class Holds(Settling):
    """What lifts holds, each for many deliveries at once."""

    def release_holds(
        self, firm_id: str, reasons: Sequence[Reason], cases: Sequence[str] | None = None
    ) -> int:
        all_reasons = {str(reason) for reason in reasons}
        if Reason.CASE_NOT_IMPORTED in all_reasons:
            all_reasons.update(_WAITS_FOR_IMPORT)
        chosen = {"reasons": sorted(all_reasons)}
        lanes = self._session.rows(
            _SQL["lanes_with_holds"],
            {**chosen, "firm_id": firm_id, "cases": None if cases is None else list(cases)},
        )
        if not lanes:
            return 0
        locked = self._lock(lanes)
        number = self._session.run(_SQL["release"], {**WORDS, **chosen, **arrays(lanes)})
        self._settle_free(locked)
        return number

    def refresh_content(self, events: Sequence[UpstreamEvent]) -> int:
        fresh = {
            **WORDS,
            "rows": bulk(
                [
                    {
                        "firm_id": event.firm_id,
                        "kind": event.kind.value,
                        "subject_id": event.subject_id,
                        "content_url": event.content.content_url,
                    }
                    for event in events
                    if isinstance(event.content, DocumentUploaded)
                ]
            ),
        }
        lanes = self._session.rows(_SQL["lanes_to_refresh"], fresh)
        if not lanes:
            return 0
        locked = self._lock(lanes)
        number = self._session.run(_SQL["refresh_content"], {**fresh, "reason": _EXPIRED})
        self._settle_free(locked)
        return number

    def release_resolved_holds(self) -> int:
        locked = self._session.rows(_SQL["lock_resolved"], _RESOLVABLE)
        if not locked:
            return 0
        number = self._session.run(_SQL["release_resolved"], {**WORDS, **_RESOLVABLE, **arrays(locked)})
        self._settle(locked)
        return number

    def probe_holds(self, reasons: Sequence[Reason], every: timedelta) -> Sequence[tuple[str, EventKind]]:
        due: dict[tuple[str, ...], Reason] = {}  # lane -> reason
        for reason in sorted(reasons):
            due.update(dict.fromkeys(self._probes_due(reason, every), reason))
        if not due:
            return []
        # All at once: taken reason by reason they would not be in order.
        lanes = list(due)
        locked = self._lock(lanes)
        for reason in sorted(set(due.values())):
            of_reason = [lane for lane in lanes if due[lane] == reason]
            self._session.run(_SQL["let_out"], {**WORDS, "reason": reason, **arrays(of_reason)})
        self._session.run(_SQL["note_tries"], arrays(lanes))
        self._settle_free(locked)
        return [(firm_id, EventKind(kind)) for firm_id, kind, _ in lanes]

    def firms_waiting_for_import(self, pace: ImportPace) -> Sequence[str]:
        found: set[str] = set()
        for reason, again_after in (
            (Reason.CASE_BEING_IMPORTED, pace.waiting),
            (Reason.CASE_NOT_IMPORTED, pace.held),
        ):
            parameters = {**WORDS, "reason": reason.value, "again_after": again_after}
            rows = self._session.rows(_SQL["firms_waiting_for_import"], parameters)
            found.update(firm_id for (firm_id,) in rows)
        return sorted(found)

    def take_waiting_cases(self, firm_id: str, *, pace: ImportPace, limit: int) -> Sequence[str]:
        parameters = {"firm_id": firm_id, "reasons": _WAITS_FOR_IMPORT, "limit": limit}
        rows = self._session.rows(
            _SQL["take_waiting"], {**WORDS, **parameters, "waiting": pace.waiting, "held_again": pace.held}
        )
        by_age = sorted(rows, key=lambda row: (row[1] is not None, row[1], row[0]))
        return list(dict.fromkeys(case_id for case_id, _ in by_age))

    def forget_try(self, firm_id: str, case_integration_id: str) -> None:
        case = {"firm_id": firm_id, "kinds": _KINDS, "case_id": case_integration_id}
        self._session.run(_SQL["forget_try"], {**case, "reasons": _WAITS_FOR_IMPORT})

    def hold_for_import(self, firm_id: str, case_integration_id: str, detail: str) -> int:
        parameters = {"reasons": _WAITS_FOR_IMPORT}
        case = {"firm_id": firm_id, "kinds": _KINDS, "case_id": case_integration_id}
        lanes = self._session.rows(_SQL["lanes_waiting_for"], {**parameters, **case})
        if not lanes:
            return 0
        wait = {"reason": Reason.CASE_NOT_IMPORTED.value, "detail": short(detail)}
        number = self._session.run(_SQL["hold_for_import"], {**WORDS, **parameters, **wait, **arrays(lanes)})
        self._settle(lanes)
        if number:
            self._say_waiting(firm_id, WORDS["held"], wait["reason"], number, wait["detail"])
        return number

    def _probes_due(self, reason: Reason, every: timedelta) -> list[Row]:
        """Return the lanes to be probed, none that another scheduler has just noted."""
        parameters = {**WORDS, "reason": reason, "every": every}
        found = self._session.rows(_SQL["probes_due"], {**parameters, "kinds": _KINDS})
        if not found:
            return []
        firm_kinds = {"firm_ids": [row[0] for row in found], "kinds": [row[1] for row in found]}
        noted = set(self._session.rows(_SQL["note_probes"], {**parameters, **firm_kinds}))
        return [row[:3] for row in found if row[:2] in noted and not row[3]]
