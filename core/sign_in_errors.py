"""Why a sign-in did not come about. What a provider said is told in our words, and never shown itself."""

from core.errors import NeedsPersonError, TransientError
from core.reason import Reason


class SignInFailedError(NeedsPersonError):
    """The provider refused, or what it said of the person cannot be trusted. Nobody is signed in."""

    reason = Reason.SIGN_IN_FAILED


class SignInUnavailableError(TransientError):
    """The provider is out of reach, or its answer cannot be read."""

    reason = Reason.SIGN_IN_UNAVAILABLE
