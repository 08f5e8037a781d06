"""What is particular to one kind of delivery: how it is written, found again and announced."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.announcement import Announcement
from core.clearance import Clearance
from core.delivery import Attempt, Delivery
from core.event import EventKind
from core.firm import Firm


class Carrier(Protocol):
    """Carries deliveries of one kind into SmartAdvocate for `core.usecases.deliver.Deliver`.

    `write` and `find` raise CasebridgeError; its class decides what becomes of the delivery: a
    NeedsPersonError of the carrier's own holds it under that error's `reason`, until somebody calls
    `Deliveries.release_holds` for this reason.
    """

    @property
    def kind(self) -> EventKind:
        """What it carries."""
        ...

    @property
    def noun(self) -> str:
        """What SmartAdvocate calls it, in sentences for people: "note", "document"."""
        ...

    def write(self, firm: Firm, delivery: Delivery, clearance: Clearance) -> str:
        """Write once and return SmartAdvocate's id of what is stored; never repeated within.

        None may begin without clearance: TransientError from its `not_after` on, NotBegunError where it may
        not. Raises AnswerLostError when it may or may not have been stored, any other error only when it
        surely was not.
        """
        ...

    def find(self, firm: Firm, deliveries: Sequence[Delivery]) -> Mapping[int, str]:
        """Return SmartAdvocate's ids, by delivery, of what earlier attempts stored, found by their marks.

        The deliveries are all of one case, which is read once.
        """
        ...

    def announcements(self, attempt: Attempt) -> Sequence[Announcement]:
        """Return what is announced of an attempt, in the transaction that stores it."""
        ...
