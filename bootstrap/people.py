"""The room of what people and programs ask for: it makes the desk."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from adapters.smartadvocate.case_url import case_id_from
from adapters.smartadvocate.phones import normalise_phone
from adapters.smartadvocate.profile import check_of_profiles, read_profile
from adapters.smartadvocate.profile_keys import profile_keys
from adapters.system.closest import closest_names
from bootstrap.access import Access
from bootstrap.jobs import Jobs
from bootstrap.paces import timetable
from bootstrap.settings import Settings
from bootstrap.smartadvocate import SmartAdvocateRoom
from bootstrap.store import Store
from bootstrap.values import about, retention
from core.desk import Desk
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
from core.usecases.steps.try_settings import TrySettings
from core.usecases.verify_firm import VerifyFirm


def make_desk(
    settings: Settings, store: Store, smartadvocate: SmartAdvocateRoom, jobs: Jobs, access: Access
) -> Desk:
    """Return the desk, whole."""
    uow, clock = store.unit_of_work, store.clock
    public_url = settings.browser_url()
    connect_firm = ConnectFirm(uow, store.connections, smartadvocate.account_probe)
    import_by_hand = ImportByHand(jobs.import_case, case_id_from, smartadvocate.seat)
    records = RecordQueries(uow)
    upkeep = UpkeepQueries(uow, store.upkeep, clock, timetable(settings), retention(settings))
    count_everything = CountEverything(store.upkeep)
    try_settings = TrySettings(smartadvocate.case_management, clock, normalise_phone, smartadvocate.seat)
    check_profile = check_of_profiles(smartadvocate.hosts)
    change_settings = ChangeSettings(uow, clock, try_settings, check_profile)
    preview_settings = PreviewSettings(uow, try_settings, check_profile)
    show_connection, go_live = ShowConnection(uow, store.connections), GoLive(uow)
    runs = RunQueries(uow, clock)
    replay_events = ReplayEvents(uow, store.receive_events, clock)
    return Desk(
        clock=clock,
        add_firm=AddFirm(uow),
        address_firm=AddressFirm(uow, smartadvocate.address),
        change_settings=change_settings,
        preview_settings=preview_settings,
        connect_by_password=ConnectByPassword(smartadvocate.log_in, connect_firm),
        connect_by_consent=ConnectByConsent(
            uow,
            store.consents,
            smartadvocate.oauth,
            connect_firm,
            redirect_uri=f"{public_url}/oauth/callback",
            links_at=f"{public_url}/connect",
        ),
        connect_firm=connect_firm,
        disconnect_firm=DisconnectFirm(uow, store.connections, smartadvocate.oauth),
        delete_firm=DeleteFirm(uow),
        resume_firm=ResumeFirm(uow, store.connections),
        import_by_hand=import_by_hand,
        start_sync=StartSync(uow, clock),
        cancel_run=CancelRun(uow, clock),
        verify_firm=VerifyFirm(
            uow,
            smartadvocate.case_management,
            clock,
            normalise_phone,
            case_id_from,
            smartadvocate.seat,
        ),
        probe_permissions=ProbePermissions(uow, smartadvocate.case_management, clock, smartadvocate.seat),
        receive_events=store.receive_events,
        replay_deliveries=ReplayDeliveries(uow),
        replay_events=replay_events,
        discard_events=DiscardEvents(uow),
        count_bulk=CountBulk(uow),
        confirm_bulk=ConfirmBulk(uow),
        cancel_bulk=CancelBulk(uow),
        pause_firm=PauseFirm(uow, clock),
        copy_mapping=CopyMapping(uow, change_settings),
        look_as_firm=LookAsFirm(uow),
        send_again=SendAgain(uow),
        mute_issue=MuteIssue(uow),
        close_issue=CloseIssue(uow),
        set_recipient=SetRecipient(uow, clock, has_mail=settings.smtp_url is not None),
        rotate_keys=RotateKeys(uow, store.keys),
        sign_in=SignIn(
            uow,
            access.provider,
            access.limits,
            access.roles,
            links_at=f"{public_url}/sign-in",
        ),
        count_requests=CountRequests(uow),
        keep_session=KeepSession(uow, clock),
        manage_people=ManagePeople(uow),
        manage_api_keys=ManageApiKeys(uow, clock),
        identify_program=IdentifyProgram(uow, clock),
        access=AccessQueries(uow),
        answer_once=AnswerOnce(uow),
        export_firm=ExportFirm(uow, store.firm_files, clock, time.sleep),
        import_firm=ImportFirm(store.firm_files, replay_events),
        settle_move=SettleMove(uow, store.connections, store.firm_files, replay_events),
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
        print_verification=PrintVerification(records, _verification_page),
        profiles=ProfileQueries(uow, profile_keys(), read_profile),
        preview_mapping=PreviewMapping(import_by_hand, normalise_phone, clock),
        unmatched_names=UnmatchedNames(uow, closest_names),
        count_keys=CountKeys(store.keys),
        count_everything=count_everything,
        bulk=BulkQueries(uow),
        upkeep=upkeep,
        firm_overview=FirmOverview(uow),
        estimate_reset=EstimateReset(uow, smartadvocate.case_management, clock, smartadvocate.seat),
        support_bundle=SupportBundle(uow, clock, count_everything, upkeep, partial(about, settings)),
        firm_home=FirmHome(uow, show_connection, go_live, runs),
        next_night=NextNight(uow, clock, timetable(settings)),
        problem_groups=ProblemGroups(uow, closest_names),
        case_list=CaseList(uow, clock),
        why_not_here=WhyNotHere(uow, case_id_from),
        source_names=SourceNames(uow),
        retry_problems=RetryProblems(uow, clock),
        go_back=GoBack(uow, change_settings, preview_settings),
        read_names=ReadNames(uow, smartadvocate.case_management, clock, smartadvocate.seat),
    )


def _verification_page(number: int, document: Mapping[str, Any]) -> str:
    from adapters.web.pages.verification_page import verification_page  # Jinja is for who prints

    return verification_page(number, document)
