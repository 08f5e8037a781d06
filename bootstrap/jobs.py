"""The room of the jobs: what workers do."""

import threading

import structlog

from adapters.smartadvocate.phones import normalise_phone
from bootstrap import paces
from bootstrap.part import part
from bootstrap.settings import Settings
from bootstrap.smartadvocate import SmartAdvocateRoom
from bootstrap.store import Store
from core.errors import CasebridgeError
from core.usecases.deliver import Deliver, Pace
from core.usecases.import_case import ImportCase
from core.usecases.import_waiting_cases import ImportWaitingCases
from core.usecases.probe_connection import ProbeConnection
from core.usecases.read_shared_notes import ReadSharedNotes
from core.usecases.steps.carrier import Carrier
from core.usecases.steps.document_carrier import DocumentCarrier
from core.usecases.steps.note_carrier import NoteCarrier
from core.usecases.steps.note_types import NoteTypes
from core.usecases.steps.store_cases import StoreCases
from core.usecases.sync_cases import SyncCases
from core.usecases.sync_documents import SyncDocuments
from core.usecases.work_bulk import WorkBulk

_log = structlog.get_logger(__name__)


class Jobs:
    """The handlers of this process. `stopping` ends their slices early."""

    def __init__(
        self, settings: Settings, store: Store, smartadvocate: SmartAdvocateRoom, stopping: threading.Event
    ) -> None:
        self._settings = settings
        self._store = store
        self._smartadvocate = smartadvocate
        self._stopping = stopping

    @part
    def note_types(self) -> NoteTypes:
        """The firms' note types, found by name."""
        return NoteTypes(self._smartadvocate.case_management, self._store.unit_of_work, self._store.clock)

    @part
    def store_cases(self) -> StoreCases:
        """What a case comes to by the firm's mapping, and storing it."""
        return StoreCases(normalise_phone, self._store.clock)

    @part
    def import_case(self) -> ImportCase:
        """One case by its id."""
        return ImportCase(
            self._store.unit_of_work,
            self._smartadvocate.case_management,
            self._store.clock,
            self.store_cases,
        )

    @part
    def deliver_messages(self) -> Deliver:
        """Messages to notes."""
        carrier = NoteCarrier(self._smartadvocate.case_management, self.note_types)
        return self._deliver(carrier, paces.pace(self._settings))

    @part
    def sync_documents(self) -> SyncDocuments:
        """Documents to the case's documents."""
        carrier = DocumentCarrier(self._smartadvocate.case_management, self._smartadvocate.contents)
        deliver = self._deliver(carrier, paces.document_pace(self._settings))
        return SyncDocuments(self._store.unit_of_work, deliver, carrier)

    @part
    def import_waiting_cases(self) -> ImportWaitingCases:
        """Cases that a message or document waits for."""
        return ImportWaitingCases(
            self._store.unit_of_work,
            self.import_case,
            self._store.clock,
            life=self._store.life,
            stopping=self._stopping.is_set,
        )

    @part
    def sync_cases(self) -> SyncCases:
        """Runs of the case sync."""
        return SyncCases(
            self._store.unit_of_work,
            self._smartadvocate.case_management,
            self._store.clock,
            self.store_cases,
            life=self._store.life,
            stopping=self._stopping.is_set,
            slice_=paces.cases_slice(self._settings),
        )

    @part
    def read_shared_notes(self) -> ReadSharedNotes:
        """Notes that the firm shared with its client."""
        return ReadSharedNotes(
            self._store.unit_of_work,
            self._smartadvocate.case_management,
            self.note_types,
            self._store.clock,
            life=self._store.life,
            stopping=self._stopping.is_set,
            pace=paces.reading_pace(self._settings),
        )

    @part
    def probe_connection(self) -> ProbeConnection:
        """Whether a firm's connection still holds."""
        return ProbeConnection(
            self._store.unit_of_work,
            self._smartadvocate.case_management,
            self._store.clock,
            failed=_probe_failed,
            seat=self._smartadvocate.seat,
            life=self._store.life,
        )

    @part
    def work_bulk(self) -> WorkBulk:
        """Replays and discards of many deliveries."""
        return WorkBulk(
            self._store.unit_of_work,
            self._store.clock,
            life=self._store.life,
            stopping=self._stopping.is_set,
        )

    def _deliver(self, carrier: Carrier, pace: Pace) -> Deliver:
        return Deliver(
            self._store.unit_of_work,
            carrier,
            self._store.clock,
            life=self._store.life,
            stopping=self._stopping.is_set,
            pace=pace,
            notices=self._store.notices,
        )


def _probe_failed(error: CasebridgeError) -> None:
    _log.warning("connection_probe_told_nothing", reason=error.reason, detail=str(error))
