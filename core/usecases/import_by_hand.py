"""Import one case that a person names by its id, or by the address of its page in SmartAdvocate."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from core.actor import Actor, Power
from core.firm import Firm
from core.run import CaseResult
from core.usecases.import_case import FoundCase, ImportCase

# what a person pasted, the firm's SmartAdvocate -> the case's integration id; raises ConfigurationError
CaseIdFrom = Callable[[str, str | None], str]
# `with seat(firm_id):` around calls of SmartAdvocate
Seat = Callable[[str], AbstractContextManager[None]]


class ImportByHand:
    """Finds the case for the person to recognise, and imports it. Raises NotAllowedError."""

    def __init__(self, import_case: ImportCase, case_id_from: CaseIdFrom, seat: Seat) -> None:
        self._import_case = import_case
        self._case_id_from = case_id_from
        self._seat = seat

    def find(self, actor: Actor, firm: Firm, pasted: str) -> FoundCase:
        """Read the case and store nothing.

        Raises ConfigurationError for what leads to no case of the firm, and what `ImportCase.find` raises.
        """
        actor.must(Power.CHANGE, firm.firm_id)
        case_id = self._case_id_from(pasted, firm.base_url)
        with self._seat(firm.firm_id):
            return self._import_case.find(actor, firm, case_id)

    def __call__(self, actor: Actor, firm: Firm, found: FoundCase) -> CaseResult:
        """Import or update the case that was found. Raises TransientError: then nothing is stored."""
        actor.must(Power.CHANGE, firm.firm_id)
        return self._import_case(actor, firm, found.source.integration_id, found)
