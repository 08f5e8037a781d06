"""Deliveries: a list by filters that stand in the address, and each one's timeline."""

from typing import Final

from fastapi import APIRouter, Request, Response

from adapters.web.pages.operations import filters, words
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.numbers import CAP, total
from adapters.web.pages.shell.shell import Shell
from core.actor import GOES_ON, Actor, Power
from core.delivery import DeliveryState
from core.delivery_selection import DISCARDABLE, REPLAYABLE, DeliverySummary, Selection
from core.desk import Desk
from core.errors import UnknownFirmError, UnknownThingError
from core.event import EventKind
from core.paging import Page, Place
from core.reason import Reason

_ROWS: Final = 50
# What deliveries wait or fail for; the others are reasons of events and settings.
_REASONS: Final = (
    Reason.CASE_NOT_IMPORTED,
    Reason.CASE_BEING_IMPORTED,
    Reason.CASE_NOT_FOUND,
    Reason.FIRM_UNKNOWN,
    Reason.RECONNECT_REQUIRED,
    Reason.PERMISSION_MISSING,
    Reason.REJECTED_BY_SMARTADVOCATE,
    Reason.RETRIES_SPENT,
    Reason.ANSWER_LOST,
    Reason.UNAVAILABLE,
    Reason.UNREADABLE_ANSWER,
    Reason.UNEXPECTED_ERROR,
    Reason.LIMIT_REACHED,
    Reason.ROUTE_UNKNOWN,
    Reason.REDIRECTED,
    Reason.HOST_NOT_ALLOWED,
    Reason.ENCRYPTION_KEY_MISSING,
    Reason.DOCUMENT_URL_EXPIRED,
    Reason.CONTENT_UNAVAILABLE,
    Reason.CONTENT_HOST_NOT_ALLOWED,
    Reason.CONTENT_REFUSED,
    Reason.CONTENT_MISMATCH,
    Reason.DOCUMENT_TOO_LARGE,
    Reason.NEEDS_PERSON,
    Reason.TEXT_PURGED,
    Reason.DISCARDED,
)


def add_deliveries(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the pages."""
    pages = _Deliveries(shell, desk)
    router.get("/deliveries")(pages.all)
    router.get("/deliveries/count")(pages.count)
    router.get("/deliveries/{delivery_id:int}")(pages.one)
    router.post("/deliveries/{delivery_id:int}/replay")(pages.replay)


class _Deliveries:
    def __init__(self, shell: Shell, desk: Desk) -> None:
        self._shell = shell
        self._desk = desk

    def all(self, request: Request) -> Response:
        """A page of the list."""
        actor = self._shell.who(request)
        selection = filters.selection_of(filters.many(request.query_params))
        before = filters.number_of(request.query_params.get("before"))
        place = None if before is None else (before,)
        found, fields = self._found(actor, selection, place), filters.fields_of(selection)
        following = None if found.next is None else str(found.next[0])
        return self._shell.page(
            request,
            "operations/deliveries.html",
            rows=found.rows,
            chosen={**dict(fields), "state": [state.value for state in selection.states]},
            fields=fields,
            kinds=[
                ("", "Both"),
                *((kind.value, f"{words.KINDS[kind]}s") for kind in EventKind),
            ],
            states=[(state.value, text) for state, (_, text) in words.STATES.items()],
            reasons=[("", "Any reason"), *((reason.value, words.why(reason)) for reason in _REASONS)],
            first=filters.address("/deliveries", fields) if before is not None else None,
            next=filters.address("/deliveries", fields, before=following) if following else None,
            counting=filters.address("/deliveries/count", fields),
            may_replay=actor.may(GOES_ON),
            may_discard=actor.may(Power.OPERATE),
            words=words,
        )

    def _found(self, actor: Actor, selection: Selection, place: Place | None) -> Page[DeliverySummary]:
        """Return a page; an empty one where the filter names a firm or case that is not there."""
        try:
            return self._desk.deliveries.page(actor, selection, place, _ROWS)
        except (UnknownThingError, UnknownFirmError):
            return Page([], None)

    def count(self, request: Request) -> Response:
        """How many match: after the list, because that may take longer."""
        actor = self._shell.who(request)
        selection = filters.selection_of(filters.many(request.query_params))
        number = self._desk.deliveries.count(actor, selection, CAP + 1)
        back = filters.address("/deliveries", filters.fields_of(selection))
        return self._shell.counted(request, total(number, "delivery", "deliveries"), back)

    def one(self, request: Request, delivery_id: int) -> Response:
        """A delivery with what befell it."""
        actor = self._shell.who(request)
        story = self._desk.deliveries.story(actor, delivery_id)
        delivery = story.delivery
        has_text = delivery.purged_at is None
        return self._shell.page(
            request,
            "operations/delivery.html",
            delivery=delivery,
            entries=[*words.timeline(iter(story.timeline))],
            waits=delivery.state is not DeliveryState.DELIVERED,
            may_replay=has_text and delivery.state in REPLAYABLE and actor.may(GOES_ON),
            may_discard=has_text
            and delivery.state in DISCARDABLE
            and delivery.reason is not Reason.DISCARDED
            and actor.may(Power.OPERATE),
            words=words,
        )

    def replay(self, request: Request, delivery_id: int) -> Response:
        """Let one leave again."""
        actor = self._shell.who(request)
        number = self._desk.replay_deliveries(actor, Selection(delivery_id=delivery_id))
        done = (
            Done("It leaves again") if number else Done("It is on its way already, or has arrived", Tone.INFO)
        )
        return self._shell.to(f"/deliveries/{delivery_id}", done)
