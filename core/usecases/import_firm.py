"""Bring a firm in from the file that another cell wrote."""

from dataclasses import dataclass, field
from pathlib import Path

from core.actor import Actor, Power
from core.move import FirmFile
from core.ports.moves import FirmFiles
from core.reason import Reason
from core.usecases.replay_events import ReplayedEvents, ReplayEvents


@dataclass(frozen=True, slots=True)
class Imported:
    """What the file held, and what became of events that came to the old cell while the firm was away."""

    file: FirmFile
    events: ReplayedEvents = field(default_factory=ReplayedEvents)


class ImportFirm:
    """The firm rests until its old cell has handed it over and it is taken over here (`SettleMove`).

    Events are taken in for it at once. Killed, nothing of it is here.
    """

    def __init__(self, files: FirmFiles, replay: ReplayEvents) -> None:
        self._files = files
        self._replay = replay

    def __call__(self, actor: Actor, firm_id: str, path: Path) -> Imported:
        """Bring it in. Raises NotAllowedError but for people who manage all firms.

        Raises as `core.ports.moves.FirmFiles.read`. Events that came late are read as if upstream had
        sent them here: those that are known already change nothing.
        """
        actor.must_everywhere(Power.MANAGE)
        actor.must_be_no_program()
        file = self._files.read(actor, firm_id, path)
        return Imported(file, self._replay(actor, reason=Reason.FIRM_MOVED))
