"""An installation with something on every page, and where those pages are."""

from collections.abc import Mapping
from datetime import timedelta

from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Role
from core.bulk import BulkKind
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.firm import Firm
from core.stage import PracticeAreas
from core.usecases.receive_events import Incoming
from core.usecases.steps.report_exceptions import report_exceptions
from tests.browser.installation import FIRM, Installation
from tests.fakes.samples import event_body, message_data
from tests.servers import eventually

_MONA = Actor("mona@casestatus.test", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
_SENTENCES = (
    "Is there any news on my case?",
    "I saw the doctor yesterday; he sends the bill to your office.",
    "The adjuster called again. What should I say?",
    "Thank you!",
)
_HELD = 40
_HELD_ONLY = Selection(states=(DeliveryState.HELD,))


def seed(here: Installation) -> int:
    """Bring the installation to where there is something of everything.

    Return the number of a bulk operation that waits for its confirmation.
    """
    desk = here.desk
    areas = PracticeAreas.from_data(here.control.get("practice-areas").json())
    for firm_id, name in (("harbor", "Harbor Injury Law"), ("lakeside", "Lakeside Trial Group")):
        desk.add_firm(
            _MONA,
            Firm(
                firm_id, name, base_url=here.sandbox.base_url, practice_areas=areas, requests_per_second=None
            ),
        )
    here.import_cases()
    here.import_cases("harbor", "firm2")
    case_ids = here.case_ids()
    here.send(*(f"nowhere-{number}" for number in range(_HELD)), case_id="399999")
    here.upload("d-1", "scan of the police report.pdf", case_id=case_ids[0])
    desk.read_names(_MONA, FIRM)
    desk.verify_firm(_MONA, here.firm, [*case_ids[:2], here.case_ids("stage_unmapped")[0]])
    desk.verify_firm(_MONA, here.firm, case_ids[:2])
    desk.probe_permissions(_MONA, here.firm)
    for case_id in case_ids[:12]:
        here.control.post(f"cases/{case_id}", json={"advance": True})
    run, _ = desk.start_sync(_MONA, here.firm)
    eventually(here.ended(run.run_id), 60, "the second sync")
    with here.application.store.unit_of_work(SYSTEM) as uow:
        report_exceptions(uow, FIRM, run)
        uow.commit()
    desk.change_settings.practice_areas(_MONA, FIRM, _with_another_name(areas))
    for name, scopes in (("case-status", {Power.SEND_EVENTS}), ("reports", {Power.LOOK})):
        desk.manage_api_keys.add(_MONA, name, frozenset(scopes), ALL_FIRMS, timedelta(days=90))
    _reject(here)
    desk.pause_firm(_MONA, "harbor", desk.clock.now() + timedelta(hours=4), "its SmartAdvocate is moved")
    eventually(lambda: desk.deliveries.count(SYSTEM, _HELD_ONLY, 1_000) >= _HELD, 60, "messages are held")
    done = desk.count_bulk(_MONA, BulkKind.REPLAY, _HELD_ONLY)
    desk.confirm_bulk(_MONA, done.bulk_id, "the case is there now")
    eventually(lambda: desk.bulk.get(_MONA, done.bulk_id).ended_at, 60, "the replay")
    for number in range(24):
        here.send(f"m-{number}", case_id=case_ids[number % 3], text=_SENTENCES[number % 4])
    eventually(lambda: here.report()["notes_written"] >= 24, 60, "the notes")
    here.send(*(f"elsewhere-{number}" for number in range(_HELD)), case_id="399998")
    eventually(lambda: desk.deliveries.count(SYSTEM, _HELD_ONLY, 1_000) >= _HELD, 60, "some more are held")
    return desk.count_bulk(_MONA, BulkKind.DISCARD, _HELD_ONLY).bulk_id


def _with_another_name(areas: PracticeAreas) -> PracticeAreas:
    data = areas.to_data()
    data[0]["stages"][1]["mappings"] = ["Referred Out"]
    return PracticeAreas.from_data(data)


def _reject(here: Installation) -> None:
    """Let what nobody can read come in."""
    bodies = [event_body(message_data(f"bad-{n}", firm_id=FIRM, direction="sideways")) for n in range(3)]
    bodies += [b"{", event_body(message_data("bad-9", firm_id="nobody-knows"))]
    here.desk.receive_events(SYSTEM, [Incoming("message-sent", body) for body in bodies])


def firm_pages(here: Installation) -> Mapping[str, str]:
    """The firm's pages by name."""
    desk, base = here.desk, f"/firms/{FIRM}"
    case, run = here.case_ids()[0], max(one.run_id for one in desk.runs.all(_MONA, FIRM, 9))
    first = min(one.run_id for one in desk.runs.all(_MONA, FIRM, 9))
    [report, *_] = desk.records.exception_days(_MONA, FIRM)
    tried = max(one.number for one in desk.records.verifications(_MONA, FIRM))
    return {
        "home": base,
        "problems": f"{base}/problems",
        "problem-cases": f"{base}/problems/cases?reason=no_lead_attorney",
        "cases": f"{base}/cases",
        "case": f"{base}/cases/{case}",
        "runs": f"{base}/runs",
        "run": f"{base}/runs/{first}",
        "run-later": f"{base}/runs/{run}",
        "exception-reports": f"{base}/exception-reports",
        "exception-report": f"{base}/exception-reports/{report}",
        "find": f"{base}/find?q={here.case_ids('no_valid_phone')[0]}",
        "mapping": f"{base}/mapping",
        "mapping-stages": f"{base}/mapping/stages?area=Auto%20Accident",
        "mapping-fields": f"{base}/mapping/fields",
        "mapping-closing": f"{base}/mapping/closing",
        "mapping-try": f"{base}/mapping/try?case={case}",
        "mapping-history": f"{base}/mapping/history",
        "connection": f"{base}/connection",
        "verifications": f"{base}/verifications",
        "verification": f"{base}/verifications/{tried}",
        "notifications": f"{base}/notifications",
    }


def other_pages(here: Installation, question: int) -> Mapping[str, str]:
    """Pages of operators, of managers, and one's own. `question` is the bulk operation to confirm."""
    desk = here.desk
    delivered = Selection(states=(DeliveryState.DELIVERED,))
    [delivery] = desk.deliveries.find(_MONA, delivered, 1)
    [done] = desk.bulk.all(_MONA, 1, None)
    keys = desk.access.api_keys(_MONA, None, 500, with_over=True)
    return {
        "firms": "/firms",
        "go-live": "/firms/lakeside/go-live",
        "go-live-done": f"/firms/{FIRM}/go-live",
        "reset": f"/firms/{FIRM}/reset",
        "copy": "/firms/lakeside/copy",
        "operations": "/operations",
        "deliveries": "/deliveries",
        "deliveries-held": "/deliveries?state=held",
        "delivery": f"/deliveries/{delivery.delivery_id}",
        "bulk": "/bulk",
        "bulk-question": f"/bulk/{question}",
        "bulk-done": f"/bulk/{done.bulk_id}",
        "rejected-events": "/rejected-events",
        "validate-event": "/events/validate",
        "announcements": "/announcements",
        "look-up": f"/look-up?id={delivery.subject_id}",
        "schedules": "/schedules",
        "processes": "/processes",
        "tables": "/tables",
        "audit": "/audit",
        "support-bundle": "/support-bundle",
        "account": "/account",
        "api-keys": "/api-keys",
        "api-key-revoke": f"/api-keys/{keys.rows[-1].key_id}/revoke",
        "not-found": "/firms/nobody-knows",
        "api-documentation": "/docs",
    }


STRANGERS_PAGES: Mapping[str, str] = {"first-page": "/", "sign-in": "/sign-in"}
