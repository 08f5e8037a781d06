"""Port: deliveries, in lanes. A lane is the queue of one case: its messages leave in order.

Documents of a case need no order: those that can go pass those that have to wait.

Workers claim lanes and record what came of it, holds are lifted, people look and replay, and the text goes
after some time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from core.actor import Reach
from core.delivery import Attempt, Delivery
from core.delivery_selection import DeliverySummary, Discarded, Replayed, Selection, TimelineEntry, Waiting
from core.event import EventKind, UpstreamEvent
from core.reason import Reason
from core.written_twice import WrittenTwice


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to be; `hold` where it must wait for something from the start.

    With CASE_BEING_IMPORTED it is pending and only its lane rests; with any other reason it is held. `detail`
    says more of the hold, for people.
    """

    event: UpstreamEvent
    hold: Reason | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A claimed lane and its next deliveries, in the order they must be sent.

    `in_doubt` are the messages of the case that may have reached SmartAdvocate unnoticed, whether they are
    among those claimed, wait, are held or were given up. None of documents, which have no order.
    """

    case_integration_id: str
    deliveries: tuple[Delivery, ...]
    in_doubt: tuple[Delivery, ...] = ()

    def may_be_there(self, delivery: Delivery) -> list[Delivery]:
        """Return what has to be looked for before `delivery` is sent: itself, and newer ones, if in doubt."""
        newer = [other for other in self.in_doubt if other.occurred_at > delivery.occurred_at]
        return [delivery, *newer] if delivery.doubtful else newer


@dataclass(frozen=True, slots=True)
class ImportPace:
    """How often the import of a case is tried that deliveries wait for.

    `waiting` after a failure that passes by itself, `held` where a person or a later sync has to help.
    """

    waiting: timedelta = timedelta(minutes=1)
    held: timedelta = timedelta(hours=1)


class Deliveries(Protocol):
    """Deliveries and their lanes. A claim lasts until it is given back, or taken back (ADR 97)."""

    def add(self, items: Sequence[NewDelivery]) -> None:
        """Add deliveries; their lanes become ready unless held, waiting for a retry, or claimed.

        A message older than all that is open in its case waits for none of it: unless its lane is claimed,
        it is ready.
        """
        ...

    def firms_due(self, kind: EventKind) -> Sequence[str]:
        """Return connected firms, not paused, with a lane that is ready now. Idle firms cost nothing."""
        ...

    def claim(self, firm_id: str, kind: EventKind, *, owner: str, lanes: int, limit: int) -> Sequence[Lane]:
        """Claim up to `lanes` ready lanes with up to `limit` deliveries each, oldest first.

        They must be worked off in the order in which they come (`core.doubt`). A claimed delivery is
        `sending` until `record` says otherwise. One that was `unknown` comes with `doubtful` set. No two
        owners hold one lane at a time, and a process that is gone claims nothing. The claim must be committed
        before anything is sent.
        """
        ...

    def take_back(self, owners: Sequence[str] | None = None) -> Sequence[tuple[str, EventKind]]:
        """Take lanes from these owners, or (None) from all processes that are gone; return whose they are.

        What was `sending` there is doubtful from then on, since the last moment in which a call can have
        begun, with its place in the claim that was lost (`Delivery.lost_claim`). The lanes are ready, before
        all others. A bounded number at a time: to be called again until nothing comes back.
        """
        ...

    def record(self, owner: str, attempts: Sequence[Attempt]) -> Sequence[Attempt]:
        """Store how attempts ended. Those whose lane is no longer `owner`'s are left out, and returned.

        `unknown` keeps the attempt's `doubtful_since`; a delivery that was doubtful and fails stays doubtful,
        so that a replay reads before it writes. Each attempt is in the delivery's timeline from then on. One
        that met a pause (`Attempt.pause`) does not count, and its day of retries is longer by that.
        """
        ...

    def keep_strays(self, attempts: Sequence[Attempt]) -> None:
        """Keep the ids of what was stored in SmartAdvocate by attempts that `record` left out."""
        ...

    def written_twice(self) -> Sequence[WrittenTwice]:
        """Return what is in SmartAdvocate under two ids, each once: a stray's and its delivery's own.

        Strays whose delivery is delivered are forgotten, also those of the same id; others wait for it.
        """
        ...

    def release(self, firm_id: str, kind: EventKind, owner: str, cases: Sequence[str]) -> None:
        """Give lanes back. What is still `sending` there was not begun: `pending`, or `unknown` if doubtful.

        A lane is ready when its first open delivery is, at rest when that one is held or there is none.
        """
        ...

    def release_holds(
        self, firm_id: str, reasons: Sequence[Reason], cases: Sequence[str] | None = None
    ) -> int:
        """Make the firm's deliveries held for these reasons pending again, in all cases or in `cases`.

        CASE_NOT_IMPORTED stands for all that waits for its case. Returns their number.
        """
        ...

    def refresh_content(self, events: Sequence[UpstreamEvent]) -> int:
        """Take over the `content_url` of repeated document events, where it is a new one. Their number.

        A delivery held for an expired address is pending again. An address that the delivery had before is
        no news, so that an old event that comes again undoes nothing; delivered ones stay as they are. An
        attempt under way that ends as expired is pending again instead of held. Takes locks of its own:
        nothing else of deliveries belongs into the same transaction.
        """
        ...

    def release_resolved_holds(self) -> int:
        """Make pending again what is held for a firm or a case that exists by now. Their number."""
        ...

    def probe_holds(self, reasons: Sequence[Reason], every: timedelta) -> Sequence[tuple[str, EventKind]]:
        """Let one delivery a firm, kind and reason out of its hold, to see whether that still stands.

        Only for connected firms, and no more often than `every`, counted from when the hold was first seen
        here. The delivery comes with `probe_of` set. Returns whose they are.
        """
        ...

    def firms_waiting_for_import(self, pace: ImportPace) -> Sequence[str]:
        """Return connected firms, not paused, for which `take_waiting_cases` would find something."""
        ...

    def take_waiting_cases(self, firm_id: str, *, pace: ImportPace, limit: int) -> Sequence[str]:
        """Return cases whose deliveries wait for their import, those tried longest ago first.

        Only such as `pace` allows for; from the commit on they count as tried.
        """
        ...

    def forget_try(self, firm_id: str, case_integration_id: str) -> None:
        """Let the import of this case count as not tried: nothing was learned about it."""
        ...

    def hold_for_import(self, firm_id: str, case_integration_id: str, detail: str) -> int:
        """Hold what waits for the import of this case, saying in `detail` why that failed. Their number."""
        ...

    def find(
        self, firms: Reach, selection: Selection, limit: int, *, before: int | None = None
    ) -> Sequence[DeliverySummary]:
        """Return up to `limit` of those selected, newest first; only those of lower number than `before`."""
        ...

    def named(self, firms: Reach, name: str, limit: int) -> Sequence[DeliverySummary]:
        """Return these firms' deliveries of the message or document of this id, or stored as this note.

        Newest first.
        """
        ...

    def count(self, firms: Reach, selection: Selection, *, at_most: int | None = None) -> int:
        """Return how many are selected; no more than `at_most` are counted."""
        ...

    def waiting(self, firm_id: str) -> Sequence[Waiting]:
        """Return what of the firm is not delivered, by kind, state and reason, the oldest first."""
        ...

    def timeline(self, delivery_id: int) -> Sequence[TimelineEntry]:
        """Return what befell the delivery, oldest first."""
        ...

    def replay(self, firms: Reach, selection: Selection, *, after: int, limit: int) -> Replayed:
        """Let up to `limit` of those selected leave again, from the first with a number above `after` on.

        Only held, failed and retrying ones. Their attempts are counted anew; one that may have reached
        SmartAdvocate stays in doubt, so that it is looked up before anything is written.
        """
        ...

    def discard(self, firms: Reach, selection: Selection, *, after: int, limit: int, why: str) -> Discarded:
        """Give up to `limit` of those selected up, from the first with a number above `after` on.

        Only such as are neither being sent nor delivered. They are failed for the reason DISCARDED, with
        `why` as their detail, and hold back nothing. What may have reached SmartAdvocate stays in doubt.
        Their text goes as that of what has failed; until then one may be replayed by its number.
        """
        ...

    def purge_delivered(self, after: timedelta, limit: int) -> int:
        """Remove message text, names of people and files, and addresses of up to `limit`; return how many.

        Of what was delivered longer ago than `after`, or than its firm's own `keep_text_days`. The proof of
        delivery stays: ids, times, state and SmartAdvocate's id. Fewer than `limit`: none was left.
        """
        ...

    def purge_failed(self, after: timedelta, limit: int) -> int:
        """The same of what failed and was accepted longer ago than that. It cannot be replayed any more.

        Its reason becomes TEXT_PURGED. What is held or on its way keeps its text: without it, it could never
        be delivered.
        """
        ...
