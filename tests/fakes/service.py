"""The whole service on fakes: what the broker would carry is worked off in this thread."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from adapters.smartadvocate.case_url import case_id_from
from adapters.smartadvocate.profile import read_profile
from adapters.smartadvocate.profile_keys import profile_keys
from adapters.system.closest import closest_names
from core.actor import SYSTEM
from core.desk import Desk
from core.event import EventKind
from core.firm import Firm
from core.outbox_row import OutboxRow
from core.ports.unit_of_work import UnitsOfWork
from core.queries.access import AccessQueries
from core.queries.announcements import AnnouncementQueries
from core.queries.bulk import BulkQueries
from core.queries.case_list import CaseList
from core.queries.cases import CaseQueries
from core.queries.deliveries import DeliveryQueries
from core.queries.estimate_reset import EstimateReset
from core.queries.firm_home import FirmHome
from core.queries.firms import FirmQueries
from core.queries.go_live import GoLive
from core.queries.keys import CountKeys
from core.queries.look_up import LookUp
from core.queries.moves import MoveQueries
from core.queries.next_night import NextNight
from core.queries.overview import FirmOverview
from core.queries.preview_mapping import PreviewMapping
from core.queries.print_verification import PrintVerification
from core.queries.problem_groups import ProblemGroups
from core.queries.processes import ProcessQueries
from core.queries.profiles import ProfileQueries
from core.queries.records import RecordQueries
from core.queries.runs import RunQueries
from core.queries.show_connection import ShowConnection
from core.queries.source_names import SourceNames
from core.queries.statistics import CountEverything
from core.queries.support_bundle import SupportBundle
from core.queries.unmatched_names import UnmatchedNames
from core.queries.upkeep import UpkeepQueries
from core.queries.why_not_here import WhyNotHere
from core.retention import Retention
from core.schedule import TIMETABLE, JobName
from core.session import SessionLimits
from core.usecases.add_firm import AddFirm
from core.usecases.address_firm import AddressFirm
from core.usecases.answer_once import AnswerOnce
from core.usecases.cancel_bulk import CancelBulk
from core.usecases.cancel_run import CancelRun
from core.usecases.change_settings import ChangeSettings
from core.usecases.close_issue import CloseIssue
from core.usecases.confirm_bulk import ConfirmBulk
from core.usecases.connect_by_consent import ConnectByConsent
from core.usecases.connect_by_password import ConnectByPassword
from core.usecases.connect_firm import ConnectFirm
from core.usecases.copy_mapping import CopyMapping
from core.usecases.count_bulk import CountBulk
from core.usecases.count_requests import CountRequests
from core.usecases.delete_firm import DeleteFirm
from core.usecases.deliver import Deliver, Pace
from core.usecases.discard_events import DiscardEvents
from core.usecases.disconnect_firm import DisconnectFirm
from core.usecases.export_firm import ExportFirm
from core.usecases.go_back import GoBack
from core.usecases.identify_program import IdentifyProgram
from core.usecases.import_by_hand import ImportByHand
from core.usecases.import_case import ImportCase
from core.usecases.import_firm import ImportFirm
from core.usecases.import_waiting_cases import ImportWaitingCases
from core.usecases.keep_session import KeepSession
from core.usecases.look_as_firm import LookAsFirm
from core.usecases.manage_api_keys import ManageApiKeys
from core.usecases.manage_people import ManagePeople
from core.usecases.mute_issue import MuteIssue
from core.usecases.pause_firm import PauseFirm
from core.usecases.preview_settings import PreviewSettings
from core.usecases.probe_connection import ProbeConnection
from core.usecases.probe_permissions import ProbePermissions
from core.usecases.publish_due_jobs import PublishDueJobs
from core.usecases.read_names import ReadNames
from core.usecases.read_shared_notes import ReadingPace, ReadSharedNotes
from core.usecases.receive_events import Incoming, ReceiveEvents, Verdict
from core.usecases.replay_deliveries import ReplayDeliveries
from core.usecases.replay_events import ReplayEvents
from core.usecases.resume_firm import ResumeFirm
from core.usecases.retry_problems import RetryProblems
from core.usecases.rotate_keys import RotateKeys
from core.usecases.send_again import SendAgain
from core.usecases.set_recipient import SetRecipient
from core.usecases.settle_move import SettleMove
from core.usecases.sign_in import SignIn
from core.usecases.start_sync import StartSync
from core.usecases.steps.document_carrier import DocumentCarrier
from core.usecases.steps.note_carrier import NoteCarrier
from core.usecases.steps.note_types import NoteTypes
from core.usecases.steps.seat_by_hand import SeatByHand
from core.usecases.steps.store_cases import StoreCases
from core.usecases.steps.try_settings import TrySettings
from core.usecases.sync_cases import SLICE, SyncCases
from core.usecases.sync_documents import SyncDocuments
from core.usecases.verify_firm import VerifyFirm
from core.usecases.work_bulk import WorkBulk
from tests.fakes.account_probe import FakeAccountProbe
from tests.fakes.admission import FakeAdmission
from tests.fakes.authorization_server import FakeAuthorizationServer
from tests.fakes.clock import FakeClock
from tests.fakes.connections import FakeConnections
from tests.fakes.consents import FakeConsents
from tests.fakes.documents import FakeContents
from tests.fakes.firm_files import Disk, FakeFirmFiles
from tests.fakes.identity_provider import FakeIdentityProvider
from tests.fakes.keys import FakeKeys
from tests.fakes.life import Lives
from tests.fakes.notices import FakeNotices
from tests.fakes.samples import a_firm, a_source_case, document_data, event_body, message_data
from tests.fakes.smartadvocate import FakeCaseManagement
from tests.fakes.store import FakeStore
from tests.fakes.upkeep import FakeUpkeep


def normalise_phone(number: str, country: str) -> str | None:
    """Ten digits are a number of the country, anything else is none."""
    digits = "".join(c for c in number if c.isdigit())
    return f"+1{digits}" if len(digits) == 10 and country == "US" else None


def verification_page(number: int, document: Mapping[str, Any]) -> str:
    """Return the real page. Loaded with its web framework where one is asked for, not with every test."""
    from adapters.web.pages.verification_page import verification_page as page

    return page(number, document)


def no_wait(seconds: float) -> bool:
    """Nobody else is at work here, so a seat is free at once."""
    raise AssertionError(seconds)


class FakeService:
    """Use cases wired to one fake store, one fake SmartAdvocate and one clock.

    With `units_of_work` they work on another store; `store` is empty then.
    """

    def __init__(
        self,
        pace: Pace | None = None,
        units_of_work: UnitsOfWork | None = None,
        disk: Disk | None = None,
        cell: int = 0,
    ) -> None:
        self.clock = FakeClock()
        self.store = FakeStore(self.clock, cell)
        self.admission = FakeAdmission(self.store, self.clock, lambda _: False, {})
        self.smartadvocate = FakeCaseManagement(self.clock, admission=self.admission)
        self.connections = FakeConnections(self.clock, self.store.note_connection)
        self.notices = FakeNotices()
        self.published: list[OutboxRow] = []
        self.stopping = False
        self.units_of_work = uow = units_of_work or self.store.unit_of_work
        self.receive = ReceiveEvents(uow, self.clock)
        self.add_firm = AddFirm(uow)
        self.connect = ConnectFirm(uow, self.connections, FakeAccountProbe())
        self.start_sync = StartSync(uow, self.clock)
        self.cancel_run = CancelRun(uow, self.clock)
        self.lives = Lives(uow, self.clock)
        self.seat = SeatByHand(uow, self.clock, no_wait, self.lives("web"))
        trying = TrySettings(self.smartadvocate, self.clock, normalise_phone, self.seat)
        self.settings = ChangeSettings(uow, self.clock, trying, read_profile)
        self.preview_settings = PreviewSettings(uow, trying, read_profile)
        self.due_jobs = PublishDueJobs(uow, self.clock, TIMETABLE, self.notices)
        self.cases = StoreCases(normalise_phone, self.clock)
        self.import_case = ImportCase(uow, self.smartadvocate, self.clock, self.cases)
        self.sync_cases = SyncCases(
            uow,
            self.smartadvocate,
            self.clock,
            self.cases,
            life=self.lives("worker"),
            stopping=lambda: self.stopping,
            slice_=SLICE,
        )
        self.import_waiting = ImportWaitingCases(
            uow, self.import_case, self.clock, life=self.lives("worker"), stopping=lambda: self.stopping
        )
        self.probe_connection = ProbeConnection(
            uow,
            self.smartadvocate,
            self.clock,
            failed=lambda _: None,
            seat=lambda _: nullcontext(),
            life=self.lives("worker"),
        )
        self.work_bulk = WorkBulk(uow, self.clock, life=self.lives("worker"), stopping=lambda: self.stopping)
        self.pace = pace or Pace()
        self.note_types = NoteTypes(self.smartadvocate, uow, self.clock)
        self.read_shared_notes = ReadSharedNotes(
            uow,
            self.smartadvocate,
            self.note_types,
            self.clock,
            life=self.lives("worker"),
            stopping=lambda: self.stopping,
            pace=ReadingPace(),
        )
        self.contents = FakeContents()
        self.keys = FakeKeys(self.connections)
        self.firm_files = FakeFirmFiles(self.store, self.connections, {} if disk is None else disk)
        self.identity_provider = FakeIdentityProvider()
        self.consents = FakeConsents(self.units_of_work, self.clock)
        self.authorization = FakeAuthorizationServer()
        self._desk = self._make_desk()

    @property
    def desk(self) -> Desk:
        """What people and programs may ask for."""
        return self._desk

    def _make_desk(self) -> Desk:
        uow, clock = self.units_of_work, self.clock
        server = self.authorization
        by_hand = ImportByHand(self.import_case, case_id_from, self.seat)
        records = RecordQueries(uow)
        store = FakeUpkeep(self.store)
        upkeep = UpkeepQueries(uow, store, clock, TIMETABLE, Retention())
        count_everything = CountEverything(store)
        change_settings, preview_settings = self.settings, self.preview_settings
        show_connection, go_live = ShowConnection(uow, self.connections), GoLive(uow)
        runs = RunQueries(uow, clock)
        replay_events = ReplayEvents(uow, self.receive, self.clock)
        return Desk(
            clock=clock,
            add_firm=self.add_firm,
            address_firm=AddressFirm(uow, str),
            change_settings=self.settings,
            preview_settings=self.preview_settings,
            connect_by_password=ConnectByPassword(server, self.connect),
            connect_by_consent=ConnectByConsent(
                uow,
                self.consents,
                server,
                self.connect,
                redirect_uri="https://casebridge.test/oauth/callback",
                links_at="https://casebridge.test/connect",
            ),
            connect_firm=self.connect,
            disconnect_firm=DisconnectFirm(uow, self.connections, server),
            delete_firm=DeleteFirm(uow),
            resume_firm=ResumeFirm(uow, self.connections),
            import_by_hand=by_hand,
            start_sync=self.start_sync,
            cancel_run=self.cancel_run,
            verify_firm=VerifyFirm(uow, self.smartadvocate, clock, normalise_phone, case_id_from, self.seat),
            probe_permissions=ProbePermissions(uow, self.smartadvocate, clock, self.seat),
            receive_events=self.receive,
            replay_deliveries=ReplayDeliveries(uow),
            replay_events=replay_events,
            discard_events=DiscardEvents(uow),
            count_bulk=CountBulk(uow),
            confirm_bulk=ConfirmBulk(uow),
            cancel_bulk=CancelBulk(uow),
            pause_firm=PauseFirm(uow, clock),
            copy_mapping=CopyMapping(uow, self.settings),
            look_as_firm=LookAsFirm(uow),
            send_again=SendAgain(uow),
            mute_issue=MuteIssue(uow),
            close_issue=CloseIssue(uow),
            set_recipient=SetRecipient(uow, clock, has_mail=True),
            rotate_keys=RotateKeys(uow, self.keys),
            sign_in=SignIn(
                uow,
                self.identity_provider,
                SessionLimits(idle=timedelta(hours=1), whole=timedelta(hours=12)),
                {},
                links_at="https://casebridge.test/sign-in",
            ),
            count_requests=CountRequests(uow),
            keep_session=KeepSession(uow, clock),
            manage_people=ManagePeople(uow),
            manage_api_keys=ManageApiKeys(uow, clock),
            identify_program=IdentifyProgram(uow, clock),
            access=AccessQueries(uow),
            answer_once=AnswerOnce(uow),
            export_firm=ExportFirm(
                uow, self.firm_files, clock, lambda s: self.clock.advance(timedelta(seconds=s))
            ),
            import_firm=ImportFirm(self.firm_files, replay_events),
            settle_move=SettleMove(uow, self.connections, self.firm_files, replay_events),
            moves=MoveQueries(uow),
            firms=FirmQueries(uow),
            show_connection=show_connection,
            go_live=go_live,
            cases=CaseQueries(uow),
            runs=runs,
            deliveries=DeliveryQueries(uow, clock),
            records=records,
            announcements=AnnouncementQueries(uow, clock),
            look_up=LookUp(uow, clock),
            processes=ProcessQueries(uow),
            print_verification=PrintVerification(records, verification_page),
            profiles=ProfileQueries(uow, profile_keys(), read_profile),
            preview_mapping=PreviewMapping(by_hand, normalise_phone, self.clock),
            unmatched_names=UnmatchedNames(uow, closest_names),
            count_keys=CountKeys(self.keys),
            count_everything=count_everything,
            bulk=BulkQueries(uow),
            upkeep=upkeep,
            firm_overview=FirmOverview(uow),
            estimate_reset=EstimateReset(uow, self.smartadvocate, clock, self.seat),
            support_bundle=SupportBundle(
                uow, clock, count_everything, upkeep, lambda: {"versions": {}, "settings": {}}
            ),
            firm_home=FirmHome(uow, show_connection, go_live, runs),
            next_night=NextNight(uow, clock, TIMETABLE),
            problem_groups=ProblemGroups(uow, closest_names),
            case_list=CaseList(uow, clock),
            why_not_here=WhyNotHere(uow, case_id_from),
            source_names=SourceNames(uow),
            retry_problems=RetryProblems(uow, clock),
            go_back=GoBack(uow, change_settings, preview_settings),
            read_names=ReadNames(uow, self.smartadvocate, clock, self.seat),
        )

    def handler(self, queue: str | None, worker: str = "worker") -> Callable[[int], None]:
        """Return what takes the jobs of this queue."""
        if queue == JobName.SYNC_CASES:
            return partial(self.sync_cases, SYSTEM)
        if queue == JobName.BULK_OPERATIONS:
            return partial(self.work_bulk, SYSTEM)
        if queue == JobName.IMPORT_CASES:
            return partial(self.import_waiting, SYSTEM)
        if queue == JobName.SYNC_SHARED_NOTES:
            return partial(self.read_shared_notes, SYSTEM)
        if queue == JobName.PROBE_CONNECTIONS:
            return partial(self.probe_connection, SYSTEM)
        deliver = self.document_worker if queue == JobName.SYNC_DOCUMENTS else self.worker
        return partial(deliver(worker), SYSTEM)

    def worker(self, name: str = "worker") -> Deliver:
        """Return a worker's use case for messages."""
        return Deliver(
            self.units_of_work,
            NoteCarrier(self.smartadvocate, self.note_types),
            self.clock,
            life=self.lives(name),
            stopping=lambda: self.stopping,
            pace=self.pace,
            notices=self.notices,
        )

    def document_worker(self, name: str = "worker") -> SyncDocuments:
        """Return a worker's use case for documents."""
        carrier = DocumentCarrier(self.smartadvocate, self.contents)
        deliver = Deliver(
            self.units_of_work,
            carrier,
            self.clock,
            life=self.lives(name),
            stopping=lambda: self.stopping,
            pace=replace(self.pace, lanes=1, per_lane=1),
            notices=self.notices,
        )
        return SyncDocuments(self.units_of_work, deliver, carrier)

    def with_firm(self, firm: Firm | None = None, *cases: str) -> Firm:
        """Add a connected firm, and import these cases by a run."""
        firm = firm or a_firm()
        self.add_firm(SYSTEM, firm)
        for case in cases:
            self.smartadvocate.put_case(firm.firm_id, a_source_case(case))
        if cases:
            self.start_sync(SYSTEM, firm)
            self.work()
        return firm

    def send(self, message_id: str, *, minute: int = 0, **changes: object) -> Verdict:
        """Let upstream send a message."""
        data = message_data(message_id, **{"sent_at": f"2026-11-02T11:{minute:02}:00Z", **changes})
        [verdict] = self.receive(SYSTEM, [Incoming("message-sent", event_body(data))])
        return verdict

    def upload(self, document_id: str, content: bytes = b"%PDF-1.4", **changes: object) -> Verdict:
        """Let upstream say that a document was uploaded; its content is there to be fetched."""
        data = document_data(
            document_id,
            **{
                "content_url": f"https://files.case-status.test/{document_id}",
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                **changes,
            },
        )
        self.contents.contents[str(data["content_url"])] = content
        body = event_body(data, EventKind.DOCUMENT_UPLOADED)
        [verdict] = self.receive(SYSTEM, [Incoming("document-uploaded", body, EventKind.DOCUMENT_UPLOADED)])
        return verdict

    def twenty_minutes_later(self) -> None:
        """Let the tick of documents come, and the work that is due."""
        self.later(timedelta(minutes=20))

    def jobs_published(self) -> list[OutboxRow]:
        """Take what is in the outbox, as the relay would; jobs are returned, announcements are kept."""
        with self.store.outbox_reader().window(10_000) as window:
            window.mark_published([row.row_id for row in window.rows])
            rows = list(window.rows)
        self.published += [row for row in rows if row.kind]
        return [row for row in rows if row.queue]

    def work(self, worker: str = "worker") -> None:
        """Work off all jobs, and those that follow from them."""
        for _ in range(1_000):
            jobs = self.jobs_published()
            if not jobs:
                return
            for row in jobs:
                self.handler(row.queue, worker)(int(row.body))
        raise AssertionError("the jobs never came to an end")

    def two_minutes_later(self) -> None:
        """Let the tick come, and the work that is due."""
        self.later(timedelta(minutes=2))

    def later(self, pause: timedelta) -> None:
        """Let time pass, then let the scheduler and the workers work."""
        self.clock.advance(pause)
        self.lives.look()
        self.due_jobs.tick(SYSTEM)
        self.due_jobs.recover(SYSTEM)
        self.work()

    def announced(self) -> list[str]:
        """Return the kinds of announcements so far, in order."""
        self.jobs_published()
        return [row.kind for row in self.published if row.kind]
