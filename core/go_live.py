"""What a firm needs before anything flows, and how far it is (Walkthrough, 01 to 03)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class GoLiveStep(StrEnum):
    """The steps, in the order in which they are taken. The words are shown to programs and never change."""

    CONNECTED = "connected"
    PERMISSIONS = "permissions"
    PRACTICE_AREAS = "practice_areas"
    VERIFICATION = "verification"
    FIRST_IMPORT = "first_import"
    NAMES = "names"


class StepState(StrEnum):
    """`untried`: nobody has looked yet; `under_way`: it goes on by itself."""

    DONE = "done"
    MISSING = "missing"
    UNTRIED = "untried"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class GoLiveItem:
    """A step with where it stands. `about` are the rights that lack; `cases` is how many it keeps back."""

    step: GoLiveStep
    state: StepState
    about: tuple[str, ...] = ()
    cases: int = 0


@dataclass(frozen=True, slots=True)
class Checklist:
    """All steps of a firm."""

    firm_id: str
    items: Sequence[GoLiveItem]

    @property
    def left(self) -> Sequence[GoLiveItem]:
        """Return what is not done."""
        return [item for item in self.items if item.state is not StepState.DONE]

    @property
    def is_done(self) -> bool:
        """Whether everything flows."""
        return not self.left
