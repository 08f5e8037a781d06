"""Bulk operations: counted, confirmed with a reason, watched, cancelled."""

from typing import Final

from fastapi import APIRouter, Request, Response

from adapters.web.pages.operations import filters, words
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.numbers import count
from adapters.web.pages.shell.shell import Shell
from core.actor import GOES_ON
from core.bulk import LONGEST_WHY, POWER_FOR, BulkKind, BulkState
from core.desk import Desk
from core.errors import ConfigurationError

_ROWS: Final = 50


def add_bulk(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the pages."""
    pages = _Bulk(shell, desk)
    router.get("/bulk")(pages.all)
    router.post("/bulk")(pages.count)
    router.get("/bulk/{bulk_id:int}")(pages.one)
    router.post("/bulk/{bulk_id:int}/confirm")(pages.confirm)
    router.post("/bulk/{bulk_id:int}/cancel")(pages.cancel)


class _Bulk:
    def __init__(self, shell: Shell, desk: Desk) -> None:
        self._shell = shell
        self._desk = desk

    def all(self, request: Request) -> Response:
        """A page of the list."""
        actor = self._shell.who(request)
        before = filters.number_of(request.query_params.get("before"))
        found = self._desk.bulk.all(actor, _ROWS + 1, before)
        rows = found[:_ROWS]
        return self._shell.page(
            request,
            "operations/bulk.html",
            rows=rows,
            at_work=any(operation.is_at_work for operation in rows),
            here="/bulk" if before is None else f"/bulk?before={before}",
            first="/bulk" if before is not None else None,
            next=f"/bulk?before={rows[-1].bulk_id}" if len(found) > _ROWS else None,
            words=words,
        )

    def count(self, request: Request, form: Posted) -> Response:
        """Count what matches, and lead to the question."""
        actor = self._shell.who(request)
        try:
            kind = BulkKind(form.one("does"))
        except ValueError:
            raise ConfigurationError("neither a replay nor a discard was chosen") from None
        selection = filters.selection_of({name: form.all(name) for name in filters.NAMES})
        operation = self._desk.count_bulk(actor, kind, selection)
        return self._shell.to(f"/bulk/{operation.bulk_id}")

    def one(self, request: Request, bulk_id: int) -> Response:
        """The question, the progress, or the result."""
        return self._page(request, bulk_id)

    def confirm(self, request: Request, bulk_id: int, form: Posted) -> Response:
        """Let it be worked off."""
        actor, why = self._shell.who(request), form.one("why")
        if not why or len(why) > LONGEST_WHY:
            fault = f"Say why, in up to {LONGEST_WHY} characters: it stands in the audit log"
            return self._page(request, bulk_id, typed=why, fault=fault)
        operation = self._desk.confirm_bulk(actor, bulk_id, why)
        told = f"Confirmed: {count(operation.counted, 'delivery', 'deliveries')} to go"
        return self._shell.to(f"/bulk/{bulk_id}", Done(told))

    def cancel(self, request: Request, bulk_id: int) -> Response:
        """Stop it."""
        operation = self._desk.cancel_bulk(self._shell.who(request), bulk_id)
        if operation.confirmed_at is None:
            return self._shell.to("/deliveries", Done("Nothing was changed", Tone.INFO))
        done = count(operation.done, "delivery", "deliveries")
        return self._shell.to(f"/bulk/{bulk_id}", Done(f"Cancelled; {done} had been done", Tone.INFO))

    def _page(self, request: Request, bulk_id: int, *, typed: str = "", fault: str = "") -> Response:
        actor = self._shell.who(request)
        operation = self._desk.bulk.get(actor, bulk_id)
        return self._shell.page(
            request,
            "operations/bulk_one.html",
            status=400 if fault else 200,
            operation=operation,
            counted=operation.state is BulkState.COUNTED,
            is_discard=operation.kind is BulkKind.DISCARD,
            may_confirm=actor.may(POWER_FOR[operation.kind]),
            may_cancel=actor.may(GOES_ON) and operation.is_stoppable,
            list_at=filters.address("/deliveries", filters.fields_of(operation.selection)),
            typed=typed,
            fault=fault,
            words=words,
        )
