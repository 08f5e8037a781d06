"""The firm's case statuses, from a list whose path is UNVERIFIED (API sheet, section 10)."""

from collections.abc import Sequence
from typing import Final

from adapters.smartadvocate.answers import rows
from adapters.smartadvocate.call import Call, Operation
from adapters.smartadvocate.caller import Caller
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
        operation = Operation(firm.firm_id, "list the case statuses")
        call = Call(firm, self._caller.site(firm), operation, Purpose.CASE_STATUSES)
        status_rows = rows(self._caller.ask(call), "statuses")
        names = (text(field(row, "description"), _MAX_NAME) for row in status_rows if isinstance(row, dict))
        return [name for name in dict.fromkeys(names) if name]
