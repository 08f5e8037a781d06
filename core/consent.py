"""What SmartAdvocate's answers to "Allow Access" mean, in words for people (RFC 6749, 4.1.2.1 and 5.2)."""

from types import MappingProxyType
from typing import Final

from core.errors import NeedsPersonError
from core.reason import Reason

_AGAIN: Final = "Nothing was changed; choose the button once more"
_OPERATOR: Final = "Nothing was changed; tell your implementation manager"

# code -> what happened, and the way on
WORDS: Final = MappingProxyType(
    {
        "access_denied": (
            "Access was not allowed in SmartAdvocate",
            f"{_AGAIN}, log in with an account that may allow access, and select 'Allow Access'",
        ),
        "server_error": ("SmartAdvocate met an error of its own", f"{_AGAIN} in a few minutes"),
        "temporarily_unavailable": ("SmartAdvocate is busy or under maintenance", f"{_AGAIN} in a while"),
        "invalid_request": ("SmartAdvocate did not understand the request", _OPERATOR),
        "unauthorized_client": ("SmartAdvocate does not let casebridge ask for access this way", _OPERATOR),
        "unsupported_response_type": ("SmartAdvocate does not offer this way of connecting", _OPERATOR),
        "invalid_scope": ("SmartAdvocate does not know the rights that were asked for", _OPERATOR),
        "invalid_client": ("SmartAdvocate does not know casebridge's client id or secret", _OPERATOR),
        "invalid_grant": ("SmartAdvocate no longer accepts this log-in: it was used or is too old", _AGAIN),
        "unsupported_grant_type": ("SmartAdvocate does not offer this way of connecting", _OPERATOR),
        "state": (
            "This log-in was not begun in this browser, was used already, or took more than ten minutes",
            _AGAIN,
        ),
        "other": ("SmartAdvocate refused without a reason that is known", _OPERATOR),
    }
)


class ConsentFailedError(NeedsPersonError):
    """A firm's consent did not come about. `code` is a key of WORDS; the message is for the firm."""

    reason = Reason.CONSENT_FAILED

    def __init__(self, code: str) -> None:
        self.code = code if code in WORDS else "other"
        what, then = WORDS[self.code]
        super().__init__(f"{what}. {then}.", reason=f"consent_{self.code}")
