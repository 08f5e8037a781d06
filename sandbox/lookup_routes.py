"""Look-up lists: `[{id, description}]`, the one row shape seen (API sheet, section 10)."""

from __future__ import annotations

from typing import Any

from sandbox.answer import Answer, Refusal, found
from sandbox.request import Request


def _rows(ids: dict[str, int]) -> list[dict[str, Any]]:
    return [{"id": key, "description": name} for name, key in ids.items()]


def case_statuses(request: Request) -> Answer:
    """Every status a row may carry; of a renamed one the new name only."""
    return found(_rows(request.firm.lookups.statuses))


def case_types(request: Request) -> Answer:
    """Case types, of one group where `CaseGroupID` is given."""
    lookups, group = request.firm.lookups, request.query.get("casegroupid")
    if not group:
        return found(_rows(lookups.case_types))
    names = {name for name, key in lookups.groups.items() if str(key) == group}
    return found(
        _rows({n: key for n, key in lookups.case_types.items() if lookups.group_of_type[n] in names})
    )


def case_groups(request: Request) -> Answer:
    """Case groups."""
    return found(_rows(request.firm.lookups.groups))


def note_types(request: Request) -> Answer:
    """Note types, "Plaintiff" among them."""
    return found(_rows(request.firm.lookups.note_types))


def document_categories(request: Request) -> Answer:
    """Document categories, "Case Documents" among them."""
    return found(_rows(request.firm.lookups.categories))


def users(request: Request) -> Answer:
    """The firm's users, the service account included."""
    lookups = request.firm.lookups
    people = (*lookups.staff, lookups.service_user)
    return found(
        [
            {
                "userID": member.user_id,
                "firstName": member.first_name,
                "lastName": member.last_name,
                "email": member.email,
                "active": True,
            }
            for member in people
        ]
    )


def contact_types(request: Request) -> Answer:
    """Contact types of category 1 (individual) or 2 (organization)."""
    category = request.query.get("contactctg", "")
    if category not in ("1", "2"):
        raise Refusal(400, "ContactCtg must be 1 or 2.")
    return found(_rows(request.firm.lookups.contact_types[int(category)]))
