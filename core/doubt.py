"""What the silence of a claim's owner leaves in doubt, and what it proves (ADR 97).

A worker goes on to the next delivery of its claim only when the one before is in SmartAdvocate; any other
result is stored first, and its lane given back. So of what a lost claim still held, in its order, all that
was begun before the last one is visible: the first that is not there is the last that can have been begun.
"""

from collections.abc import Collection
from dataclasses import replace

from core.delivery import Delivery
from core.ports.deliveries import Lane


class Doubts:
    """What a job learns of lost claims while it looks for what they may have written."""

    def __init__(self) -> None:
        self._first_missing: dict[str, int] = {}  # by the claim's owner: a place

    def may_be_there(self, lane: Lane, delivery: Delivery) -> list[Delivery]:
        """Return what has to be looked for before `delivery` is sent: what surely never began is left out."""
        return [other for other in lane.may_be_there(delivery) if not self._never_began(other)]

    def cleared(self, delivery: Delivery) -> Delivery:
        """Return the delivery without a doubt that has been disproved."""
        if not self._never_began(delivery):
            return delivery
        return replace(delivery, doubtful=False, doubtful_since=None, lost_claim=None)

    def looked_for(self, deliveries: Collection[Delivery], there: Collection[int]) -> None:
        """Note what was looked for, and which of it is there, by delivery id."""
        for delivery in deliveries:
            lost = delivery.lost_claim
            if lost is not None and delivery.delivery_id not in there:
                known = self._first_missing.get(lost.owner, lost.place)
                self._first_missing[lost.owner] = min(known, lost.place)

    def _never_began(self, delivery: Delivery) -> bool:
        lost = delivery.lost_claim
        return lost is not None and lost.place > self._first_missing.get(lost.owner, lost.place)
