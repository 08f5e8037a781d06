"""The type of a note, by the name the firm set: a name that is not there loses and blocks nothing."""

import threading
from datetime import datetime, timedelta
from typing import Final

from core.actor import SYSTEM
from core.errors import CasebridgeError, ConnectionRejectedError, ErrorClass
from core.firm import Firm
from core.foreign import guarded
from core.issue import IssueKind
from core.message import Direction
from core.ports.case_management import CaseManagement, NamedId
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork

_TELL_AGAIN: Final = timedelta(minutes=10)
_NAMES_SHOWN: Final = 20


class NoteTypes:
    """Looks types up and keeps one issue a setting: open while its name is not there, resolved once it is."""

    def __init__(self, case_management: CaseManagement, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._case_management = guarded(case_management)
        self._units_of_work = units_of_work
        self._clock = clock
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str], tuple[str, bool, datetime]] = {}

    def type_id(self, firm: Firm, direction: Direction, case: str) -> str | None:
        """Return the id of the type that the firm set for this direction; None to leave it to SmartAdvocate.

        None too where SmartAdvocate has no such type: the note is worth more than its type. Raises what is
        worth waiting for: TransientError and ConnectionRejectedError.
        """
        inbound = direction is Direction.INBOUND
        setting = "inbound_note_type" if inbound else "outbound_note_type"
        name = firm.inbound_note_type if inbound else firm.outbound_note_type
        if name is None:
            return None
        if firm.two_way and name == firm.shared_note_type:
            self._tell(
                firm, setting, name,
                f"the firm's {setting} is {name!r}, the type of notes that go to the client; notes of "
                "messages are stored without it",
            )  # fmt: skip
            return None
        try:
            note_type = self._case_management.note_type(firm, name, case=case)
        except ConnectionRejectedError:
            raise
        except CasebridgeError as error:
            if error.error_class is ErrorClass.TRANSIENT:
                raise
            note_type = NamedId(None)
        if note_type.id is None:
            self._tell(firm, setting, name, _unknown(setting, name, note_type.known))
        else:
            self._tell(firm, setting, name, None)
        return note_type.id

    def check_shared(self, firm: Firm, case: str) -> None:
        """Tell where SmartAdvocate has no type of the name that shared notes are known by."""
        setting, name = "shared_note_type", firm.shared_note_type
        note_type = self._case_management.note_type(firm, name, case=case)
        self._tell(firm, setting, name, None if note_type.id else _unknown_shared(name, note_type.known))

    def _tell(self, firm: Firm, setting: str, name: str, problem: str | None) -> None:
        """Open or resolve the issue: once a change, and every ten minutes, as notes come by thousands."""
        key, now, state = (firm.firm_id, setting), self._clock.now(), (name, problem is None)
        with self._lock:
            before = self._told.get(key)
            if before is not None and before[:2] == state and now - before[2] < _TELL_AGAIN:
                return
            self._told[key] = (*state, now)
        with self._units_of_work(SYSTEM) as uow:
            if problem is None:
                uow.issues.resolve(firm.firm_id, IssueKind.NOTE_TYPE_UNKNOWN, setting)
            else:
                uow.issues.open(firm.firm_id, IssueKind.NOTE_TYPE_UNKNOWN, setting, problem)
            uow.commit()


def _unknown_shared(name: str, known: tuple[str, ...]) -> str:
    return (
        f"SmartAdvocate has no note type {name!r}, the firm's shared_note_type: no shared note can become a "
        f"message to the client. Names are exact, case included; known are {_shown(known)}"
    )


def _shown(known: tuple[str, ...]) -> str:
    return (", ".join(known[:_NAMES_SHOWN]) or "none yet") + (", …" if len(known) > _NAMES_SHOWN else "")


def _unknown(setting: str, name: str, known: tuple[str, ...]) -> str:
    return (
        f"SmartAdvocate has no note type {name!r}, the firm's {setting}; notes are stored without it. "
        f"Names are exact, case included; known are {_shown(known)}"
    )
