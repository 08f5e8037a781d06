"""Events that were set aside: by reason, without their bodies; judged again, or given up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from adapters.web.pages.operations import filters, words
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.form import Form, Posted
from adapters.web.pages.shell.numbers import count
from adapters.web.pages.shell.shell import Shell
from core.actor import Actor
from core.bulk import LONGEST_WHY
from core.desk import Desk
from core.errors import ConfigurationError
from core.reason import Reason

_ROWS: Final = 50
_HERE: Final = "/rejected-events"
_GROUPS: Final = f"{_HERE}/by-reason"


def add_rejected(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the pages."""
    pages = _Rejected(shell, desk)
    router.get(_HERE)(pages.all)
    router.get(_GROUPS)(pages.groups)
    router.post(f"{_HERE}/replay")(pages.replay)
    router.post(f"{_HERE}/discard")(pages.discard)


class _Rejected:
    def __init__(self, shell: Shell, desk: Desk) -> None:
        self._shell = shell
        self._desk = desk

    def all(self, request: Request) -> Response:
        """A page of the list; how many there are for each reason comes after it."""
        actor = self._shell.who(request)
        reason = _reason(request.query_params.get("reason", ""))
        before = filters.number_of(request.query_params.get("before"))
        found = self._desk.records.rejected_events(
            actor, _ROWS + 1, with_replayed=False, before=before, reason=reason
        )
        rows, fields = found[:_ROWS], [("reason", reason.value)] if reason else []
        more = len(found) > _ROWS
        return self._shell.page(
            request,
            "operations/rejected.html",
            rows=rows,
            reason=reason,
            by_reason=_GROUPS,
            first=filters.address(_HERE, fields) if before is not None else None,
            next=filters.address(_HERE, fields, before=str(rows[-1].event_id)) if more else None,
            words=words,
        )

    def groups(self, request: Request) -> Response:
        """How many nobody has decided on, by reason: after the list, because counting may take longer."""
        groups = [*_by_reason(self._desk.records.rejected_groups(self._shell.who(request)))]
        is_part = "hx-request" in request.headers
        template = "operations/rejected_groups.html" if is_part else "operations/rejected_by_reason.html"
        return self._shell.page(request, template, groups=groups, back=_HERE)

    def replay(self, request: Request, form: Posted) -> Response:
        """Ask, then judge again what was named: one, or all of a reason up to the newest that was shown."""
        actor = self._shell.who(request)
        event, reason, newest = _named(form)
        if reason is not None and not form.has("sure"):
            return self._question(request, actor, form, reason, "replay")
        outcome = self._desk.replay_events(actor, None if event is None else [event], reason, newest)
        told = f"{count(outcome.accepted, 'event')} accepted, {outcome.rejected:,} still rejected"
        if outcome.impossible:
            told = "It cannot be judged again: its bytes were not kept, or it was decided on before"
        tone = Tone.GOOD if outcome.accepted and not outcome.rejected else Tone.WAIT
        return self._shell.to(_HERE, Done(told, tone))

    def discard(self, request: Request, form: Posted) -> Response:
        """Ask why, then give up what was named."""
        actor = self._shell.who(request)
        event, reason, newest = _named(form)
        why = form.one("why")
        if not form.has("sure"):
            return self._question(request, actor, form, reason, "discard")
        if not why or len(why) > LONGEST_WHY:
            fault = f"Say why, in up to {LONGEST_WHY} characters: it stands in the audit log"
            return self._question(request, actor, form, reason, "discard", fault)
        number = self._desk.discard_events(actor, why, None if event is None else [event], reason, newest)
        return self._shell.to(_HERE, Done(f"{count(number, 'event')} given up"))

    def _question(
        self, request: Request, actor: Actor, form: Form, reason: Reason | None, does: str, fault: str = ""
    ) -> Response:
        groups = self._desk.records.rejected_groups(actor)
        of_reason = [group for group in groups if group.reason is reason]
        number = sum(group.number for group in of_reason) if reason else 1
        fields = [(name, value) for name, value in form.fields() if name in {"event", "reason", "newest"}]
        return self._shell.page(
            request,
            "operations/rejected_sure.html",
            status=400 if fault else 200,
            number=number,
            replayable=sum(group.replayable for group in of_reason),
            reason=reason,
            does=does,
            fields=fields,
            typed=form.one("why"),
            fault=fault,
            words=words,
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """Events of one reason, whatever they came by: that is what a button is about."""

    reason: Reason
    channels: str
    number: int
    replayable: int
    oldest_at: datetime
    newest_at: datetime
    newest: int


def _by_reason(groups: Iterable[Any]) -> Iterator[_Line]:
    """Yield a line a reason; the groups of one reason differ by channel."""
    together: dict[Reason, list[Any]] = {}
    for group in groups:
        together.setdefault(group.reason, []).append(group)
    for reason, same in together.items():
        yield _Line(
            reason,
            ", ".join(sorted(group.channel for group in same)),
            sum(group.number for group in same),
            sum(group.replayable for group in same),
            min(group.oldest_at for group in same),
            max(group.newest_at for group in same),
            max(group.newest for group in same),
        )


def _reason(text: str) -> Reason | None:
    if not text:
        return None
    try:
        return Reason(text)
    except ValueError:
        raise ConfigurationError(f"{text!r} is no reason") from None


def _named(form: Form) -> tuple[int | None, Reason | None, int | None]:
    """Return the event, or the reason and the newest number. Raises ConfigurationError for neither."""
    event, reason = filters.number_of(form.one("event")), _reason(form.one("reason"))
    if (event is None) == (reason is None):
        raise ConfigurationError("one event is to be named, or one reason")
    return event, reason, filters.number_of(form.one("newest"))
