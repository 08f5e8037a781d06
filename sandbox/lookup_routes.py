"""Look-up lists: `[{id, description}]`, the one row shape seen (API sheet, section 10)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.answer import found
from sandbox.call import Call


def _rows(ids: dict[str, int]) -> list[dict[str, Any]]:
    return [{"id": key, "description": name} for name, key in ids.items()]


def case_statuses(call: Call) -> Response:
    """Every status a row may carry; of a renamed one the new name only."""
    return found(_rows(call.firm.lookups.statuses))


def note_types(call: Call) -> Response:
    """Note types, "Plaintiff" among them."""
    return found(_rows(call.firm.lookups.note_types))


def document_categories(call: Call) -> Response:
    """Document categories, "Case Documents" among them."""
    return found(_rows(call.firm.lookups.categories))
