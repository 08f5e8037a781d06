"""The firm's case statuses, from a list whose path is UNVERIFIED (API sheet, section 10)."""

from collections.abc import Sequence
from typing import Final

from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.errors import Operation
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.wire import field, text
from core.firm import Firm

_MAX_NAME: Final = 200  # characters


class Statuses:
    """The part of `SmartAdvocate` that is about statuses."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def names(self, firm: Firm) -> Sequence[str]:
        """See `CaseManagement.case_statuses`. `{id, description}` is the one look-up row shape seen."""
        site, purpose = self._caller.site(firm), Purpose.CASE_STATUSES
        operation = Operation(firm.firm_id, "list the case statuses")
        answer = self._caller.call(firm, operation, site, purpose, site.url(purpose))
        rows = self._caller.rows(operation, site, answer, "statuses")
        found = (text(field(row, "description"), _MAX_NAME) for row in rows if isinstance(row, dict))
        return [name for name in dict.fromkeys(found) if name]
