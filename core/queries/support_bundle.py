"""What somebody who helps from outside needs to know, and nothing that they may not know.

Words of the code, ids of firms, numbers and times: no name of a person, no text of a message, no secret, and
nothing that another system or a person wrote.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from core.actor import ALL_FIRMS, Actor, Power
from core.issue import IssueKind
from core.overview import FirmOrder
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.queries.statistics import CountEverything
from core.queries.upkeep import UpkeepQueries
from core.reason import Reason
from core.run import Trigger

# Of each kind at the most: the bundle is read by people.
MOST: Final = 500
MOST_LATE: Final = 100  # each needs its firm whole, to tell the reason
# Issues whose key is a word of ours. Others' keys are names that people gave, or ids.
_KEY_IS_A_WORD: Final = (IssueKind.DELIVERY_HELD, IssueKind.DELIVERY_FAILED, IssueKind.SYNC_FAILED)

Section = Callable[[Actor], Any]


class SupportBundle:
    """Puts it together, JSON-ready, by the names of the files that it becomes."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        clock: Clock,
        count: CountEverything,
        upkeep: UpkeepQueries,
        about: Callable[[], Mapping[str, Any]],
    ) -> None:
        """`about` tells versions, and settings without any secret."""
        self._units_of_work = units_of_work
        self._clock = clock
        self._count = count
        self._upkeep = upkeep
        self._about = about

    def __call__(self, actor: Actor) -> Mapping[str, Any]:
        """Return the sections. Raises NotAllowedError unless the actor operates all firms."""
        return {name: section(actor) for name, section in self._sections(actor).items()}

    def names(self, actor: Actor) -> Sequence[str]:
        """Return the sections' names alone. Raises NotAllowedError as the whole does."""
        return [*self._sections(actor)]

    def _sections(self, actor: Actor) -> Mapping[str, Section]:
        actor.must_everywhere(Power.OPERATE)
        return {
            "about": lambda _: {"made_at": self._clock.now().isoformat(), **self._about()},
            "numbers": self._numbers,
            "firms": self._firms,
            "late": self._late,
            "schedules": self._schedules,
            "issues": self._issues,
            "runs": self._runs,
            "rejected-events": self._rejected,
            "bulk-operations": self._bulk,
            "tables": self._tables,
        }

    def _numbers(self, actor: Actor) -> Any:
        now = self._count(actor)
        return {
            "deliveries": {f"{kind}/{state}": number for (kind, state), number in now.deliveries.items()},
            "oldest_delivery_age_s": now.oldest_delivery_age_s,
            "outbox_waiting": now.outbox_waiting,
            "outbox_oldest_age_s": now.outbox_oldest_age_s,
            "rejected_events": now.rejected_events,
            "oldest_transaction_age_s": now.oldest_transaction_age_s,
            "unexpected_errors": {
                f"{at}: {kind}": times for (at, kind), times in now.unexpected_errors.items()
            },
        }

    def _firms(self, actor: Actor) -> Any:
        with self._units_of_work(actor) as uow:
            firms = uow.firms.at_a_glance(ALL_FIRMS, FirmOrder.NIGHT, MOST)
        return [
            {
                "firm": firm.firm_id,
                "connection": firm.connection.value,
                "nightly_sync": firm.nightly_sync,
                "first_synced_at": _iso(firm.first_synced_at),
                "last_good_run_at": _iso(firm.good_at),
                "paused_until": _iso(firm.paused_until),
                "open_issues": firm.issues,
            }
            for firm in firms
        ]

    def _late(self, actor: Actor) -> Any:
        return [
            {
                "firm": late.backlog.firm_id,
                "kind": late.backlog.kind.value,
                "number": late.backlog.number,
                "oldest_delivery": late.backlog.oldest_id,
                "waits_s": round(late.for_.total_seconds()),
                "reason": late.reason and late.reason.value,
            }
            for late in self._upkeep.late(actor, MOST_LATE).shown
        ]

    def _schedules(self, actor: Actor) -> Any:
        return [
            {
                "job": job.name.value,
                "last_due_at": _iso(job.last and job.last.due_at),
                "last_done_at": _iso(job.last and job.last.done_at),
                "next_at": _iso(job.next_at),
                "overdue_s": job.overdue and round(job.overdue.total_seconds()),
            }
            for job in self._upkeep.schedules(actor)
        ]

    def _issues(self, actor: Actor) -> Any:
        with self._units_of_work(actor) as uow:
            issues = uow.issues.list_open(ALL_FIRMS, with_muted=True, limit=MOST)
        return [
            {
                "firm": issue.firm_id,
                "kind": issue.kind,
                "key": issue.key if issue.kind in _KEY_IS_A_WORD and _is_word(issue.key) else None,
                "times": issue.times,
                "opened_at": _iso(issue.opened_at),
                "last_seen_at": _iso(issue.last_seen_at),
            }
            for issue in issues
        ]

    def _runs(self, actor: Actor) -> Any:
        with self._units_of_work(actor) as uow:
            return [
                {
                    "run": run.run_id,
                    "firm": run.firm_id,
                    "trigger": run.trigger.value,
                    "state": run.state.value,
                    "reason": run.reason and run.reason.value,
                    "started_at": _iso(run.started_at),
                    "ended_at": _iso(run.ended_at),
                    "pages": run.pages,
                    "counts": dict(uow.runs.counts(run.run_id)),
                }
                for run in uow.runs.list(ALL_FIRMS, 50)
            ]

    def _rejected(self, actor: Actor) -> Any:
        with self._units_of_work(actor) as uow:
            groups = uow.inbox.rejected_groups()
        return [
            {
                "channel": group.channel,
                "reason": group.reason.value,
                "number": group.number,
                "oldest_at": _iso(group.oldest_at),
                "newest_at": _iso(group.newest_at),
            }
            for group in groups[:MOST]
        ]

    def _bulk(self, actor: Actor) -> Any:
        with self._units_of_work(actor) as uow:
            operations = uow.bulk.list(ALL_FIRMS, 50)
        return [
            {
                "operation": operation.bulk_id,
                "kind": operation.kind.value,
                "state": operation.state.value,
                "counted": operation.counted,
                "done": operation.done,
                "confirmed_at": _iso(operation.confirmed_at),
                "ended_at": _iso(operation.ended_at),
            }
            for operation in operations
        ]

    def _tables(self, actor: Actor) -> Any:
        return [
            {
                "table": table.name,
                "rows": table.rows,
                "dead_rows": table.dead_rows,
                "size_bytes": table.size_bytes,
                "oldest_at": _iso(table.oldest_at),
                "cleaned_at": _iso(table.cleaned_at),
            }
            for table in self._upkeep.tables(actor)
        ]


def _iso(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())


def _is_word(key: str) -> bool:
    return key in tuple(Reason) or key in tuple(Trigger)
