"""SmartAdvocate's answers to "Allow Access" (RFC 6749, 4.1.2.1 and 5.2), as reasons of ours."""

from core.errors import NeedsPersonError
from core.reason import Reason


class ConsentFailedError(NeedsPersonError):
    """A firm's consent did not come about. The code is RFC 6749's, or `state`: not begun in this session."""

    reason = Reason.CONSENT_FAILED

    def __init__(self, code: str, firm_id: str | None = None) -> None:
        reason = Reason.of(f"consent_{code}")
        known = reason if reason is not Reason.ERROR else Reason.CONSENT_OTHER
        super().__init__(
            f"the consent ended with {known.removeprefix('consent_')}", reason=known, firm_id=firm_id
        )
