"""A firm's note types: ids by name, from the list where it can be had, else from note rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from adapters.smartadvocate.answers import rows
from adapters.smartadvocate.call import Call, Operation
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.names import Names
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.wire import field, identifier
from core.firm import Firm
from core.message import Note
from core.ports.case_management import NamedId

_MAX_NAME: Final = 200  # characters


class NoteTypes:
    """The part of `SmartAdvocate` that is about note types; `notes` is how it reads a case's notes."""

    def __init__(self, caller: Caller, notes: Callable[[Firm, str], Sequence[Note]]) -> None:
        self._caller = caller
        self._notes = notes
        self._names = Names(caller.now)

    def find(self, firm: Firm, name: str, case: str) -> NamedId:
        """See `CaseManagement.note_type`."""
        return self._names.find(
            firm, name, lambda: self._list(firm), lambda: _pairs_of(self._notes(firm, case))
        )

    def observe(self, firm: Firm, notes: Sequence[Note]) -> None:
        """Remember the types of notes that were read for another reason."""
        self._names.observe(firm, _pairs_of(notes))

    def _list(self, firm: Firm) -> Mapping[str, str]:
        operation = Operation(firm.firm_id, "list the note types")
        call = Call(firm, self._caller.site(firm), operation, Purpose.NOTE_TYPES)
        return read_note_types(rows(self._caller.ask(call), "types"))


def read_note_types(rows: Iterable[Any]) -> dict[str, str]:
    """Return ids by name; of a name that stands there twice the first.

    `{id, description}` is the one look-up row shape seen (API sheet, section 10); the names of note rows
    are accepted too.
    """
    ids: dict[str, str] = {}
    for row in rows:
        if not isinstance(row, dict):
            continue
        id_ = identifier(field(row, "id")) or identifier(field(row, "noteTypeID"))
        name = field(row, "description") or field(row, "noteTypeName")
        if id_ and isinstance(name, str) and 0 < len(name) <= _MAX_NAME:
            ids.setdefault(name, id_)
    return ids


def _pairs_of(notes: Sequence[Note]) -> dict[str, str]:
    return {note.type_name: note.type_id for note in notes if note.type_name and note.type_id}
