"""What people and programs may ask for, in one place: the command line, the pages and the API get this."""

from dataclasses import dataclass, fields

from core.foreign import guarded
from core.ports.clock import Clock
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
from core.usecases.discard_events import DiscardEvents
from core.usecases.disconnect_firm import DisconnectFirm
from core.usecases.export_firm import ExportFirm
from core.usecases.go_back import GoBack
from core.usecases.identify_program import IdentifyProgram
from core.usecases.import_by_hand import ImportByHand
from core.usecases.import_firm import ImportFirm
from core.usecases.keep_session import KeepSession
from core.usecases.look_as_firm import LookAsFirm
from core.usecases.manage_api_keys import ManageApiKeys
from core.usecases.manage_people import ManagePeople
from core.usecases.mute_issue import MuteIssue
from core.usecases.pause_firm import PauseFirm
from core.usecases.preview_settings import PreviewSettings
from core.usecases.probe_permissions import ProbePermissions
from core.usecases.read_names import ReadNames
from core.usecases.receive_events import ReceiveEvents
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
from core.usecases.verify_firm import VerifyFirm


@dataclass(frozen=True, slots=True)
class Desk:
    """The use cases, each of which decides who may; the queries, which do so too; and the time."""

    clock: Clock

    def __post_init__(self) -> None:
        """Let nothing but our own errors pass, whatever a library raises (`core.foreign`)."""
        for field in fields(self):
            object.__setattr__(self, field.name, guarded(getattr(self, field.name)))

    # --- use cases
    add_firm: AddFirm
    address_firm: AddressFirm
    change_settings: ChangeSettings
    preview_settings: PreviewSettings
    connect_by_password: ConnectByPassword
    connect_by_consent: ConnectByConsent
    connect_firm: ConnectFirm
    disconnect_firm: DisconnectFirm
    delete_firm: DeleteFirm
    resume_firm: ResumeFirm
    import_by_hand: ImportByHand
    start_sync: StartSync
    cancel_run: CancelRun
    verify_firm: VerifyFirm
    probe_permissions: ProbePermissions
    receive_events: ReceiveEvents
    replay_deliveries: ReplayDeliveries
    replay_events: ReplayEvents
    discard_events: DiscardEvents
    count_bulk: CountBulk
    confirm_bulk: ConfirmBulk
    cancel_bulk: CancelBulk
    pause_firm: PauseFirm
    copy_mapping: CopyMapping
    look_as_firm: LookAsFirm
    send_again: SendAgain
    mute_issue: MuteIssue
    close_issue: CloseIssue
    set_recipient: SetRecipient
    rotate_keys: RotateKeys
    sign_in: SignIn
    count_requests: CountRequests
    keep_session: KeepSession
    manage_people: ManagePeople
    manage_api_keys: ManageApiKeys
    identify_program: IdentifyProgram
    retry_problems: RetryProblems
    go_back: GoBack
    read_names: ReadNames
    answer_once: AnswerOnce
    export_firm: ExportFirm
    import_firm: ImportFirm
    settle_move: SettleMove

    # --- queries
    access: AccessQueries
    firms: FirmQueries
    show_connection: ShowConnection
    go_live: GoLive
    cases: CaseQueries
    runs: RunQueries
    deliveries: DeliveryQueries
    records: RecordQueries
    announcements: AnnouncementQueries
    look_up: LookUp
    processes: ProcessQueries
    print_verification: PrintVerification
    profiles: ProfileQueries
    preview_mapping: PreviewMapping
    unmatched_names: UnmatchedNames
    count_keys: CountKeys
    count_everything: CountEverything
    bulk: BulkQueries
    upkeep: UpkeepQueries
    firm_overview: FirmOverview
    estimate_reset: EstimateReset
    support_bundle: SupportBundle
    firm_home: FirmHome
    next_night: NextNight
    problem_groups: ProblemGroups
    case_list: CaseList
    why_not_here: WhyNotHere
    source_names: SourceNames
    moves: MoveQueries
