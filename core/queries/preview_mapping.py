"""What a firm's mapping makes of one of its real cases, before anything is stored."""

from core.actor import Actor
from core.firm import Firm
from core.mapping import PhoneNormaliser
from core.ports.clock import Clock
from core.preview import CasePreview, preview_case
from core.usecases.import_by_hand import ImportByHand


class PreviewMapping:
    """Reads a case from SmartAdvocate and applies a mapping to it."""

    def __init__(self, cases: ImportByHand, normalise_phone: PhoneNormaliser, clock: Clock) -> None:
        self._cases = cases
        self._normalise_phone = normalise_phone
        self._clock = clock

    def __call__(self, actor: Actor, firm: Firm, pasted: str) -> CasePreview:
        """Return what comes of the case by the mapping that `firm` has here: the saved one, or one to try.

        Raises as `ImportByHand.find`.
        """
        found = self._cases.find(actor, firm, pasted)
        return preview_case(found.source, firm, self._normalise_phone, self._clock.now())
