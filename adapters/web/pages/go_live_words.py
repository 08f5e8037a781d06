"""What the connection page says of what a firm still needs, to somebody at a law firm."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from core.go_live import Checklist, GoLiveStep, StepState

_TRIES: Final = "Your implementation manager tries a few of your cases with you"
_MANAGER: Final = "your implementation manager does this"

WORDS: Final[Mapping[GoLiveStep, Mapping[StepState, str]]] = MappingProxyType(
    {
        GoLiveStep.CONNECTED: {StepState.MISSING: "SmartAdvocate is not connected"},
        GoLiveStep.PERMISSIONS: {
            StepState.MISSING: (
                "The connected account lacks rights (ABOUT): your SmartAdvocate administrator grants them"
            ),
            StepState.UNTRIED: f"What the connected account may do has not been tried: {_MANAGER}",
        },
        GoLiveStep.PRACTICE_AREAS: {
            StepState.MISSING: f"Your practice areas and stages are not set up: {_MANAGER}"
        },
        GoLiveStep.VERIFICATION: {
            StepState.MISSING: "The last try of test cases found faults: your implementation manager helps",
            StepState.UNTRIED: _TRIES,
        },
        GoLiveStep.FIRST_IMPORT: {
            StepState.MISSING: f"Your cases have not been brought over yet: {_MANAGER}",
            StepState.UNDER_WAY: "Your cases are being brought over",
        },
        GoLiveStep.NAMES: {
            StepState.MISSING: (
                "Names of practice areas or stages on CASES of your cases are not known yet: "
                "your implementation manager sets them up"
            ),
            StepState.UNTRIED: "Whether all names are known is seen when your cases are here",
        },
    }
)


def said_of(checklist: Checklist) -> Sequence[str]:
    """Return a sentence for each step that is left, without its full stop."""
    return [
        WORDS[item.step][item.state].replace("ABOUT", ", ".join(item.about)).replace("CASES", str(item.cases))
        for item in checklist.left
    ]
