"""The support bundle tells how casebridge is doing, and nothing that nobody outside may know."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bootstrap.secret import Secret
from bootstrap.settings import Settings
from bootstrap.values import about
from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.errors import NotAllowedError, RejectedBySmartAdvocateError
from core.issue import IssueKind
from core.queries.statistics import CountEverything
from core.queries.support_bundle import SupportBundle
from core.queries.upkeep import UpkeepQueries
from core.retention import Retention
from core.schedule import TIMETABLE
from core.usecases.receive_events import Incoming
from tests.fakes.faults import Before
from tests.fakes.samples import NOON, a_firm
from tests.fakes.service import FakeService
from tests.fakes.upkeep import FakeUpkeep

OLGA = Actor("olga", Role.OPERATOR, ALL_FIRMS)
# What must not be found, wherever it was put.
PLANTED = "Plantagenet"


def planted() -> FakeService:
    service = FakeService()
    firm = a_firm("north", name=f"{PLANTED} & Sons", base_url=f"https://{PLANTED.lower()}.test/CaseSyncAPI/")
    service.with_firm(firm, "300417")
    service.smartadvocate.faults.add("insert_note", Before(RejectedBySmartAdvocateError(f"no {PLANTED}")))
    service.send("m-1", text=f"I am {PLANTED}", sender_name=PLANTED)
    service.work()
    service.upload("d-1", file_name=f"{PLANTED}.pdf")
    service.receive(SYSTEM, [Incoming("http", f'{{"text": "{PLANTED}"}}'.encode())])
    desk = service.desk
    desk.pause_firm(OLGA, "north", NOON + timedelta(hours=1), f"{PLANTED} asked for it")
    with service.units_of_work(SYSTEM) as uow:
        uow.issues.open("north", IssueKind.STAGE_UNMAPPED, f"Auto / {PLANTED}", f"{PLANTED} is unknown")
        uow.issues.open("north", IssueKind.DELIVERY_HELD, PLANTED, f"{PLANTED} is unknown")
        uow.commit()
    for case_id, case in service.store.tables.cases.items():
        service.store.tables.cases[case_id] = replace(case, description=PLANTED)
    return service


def bundle(service: FakeService, settings: Settings) -> SupportBundle:
    uow, clock = service.units_of_work, service.clock
    store = FakeUpkeep(service.store)
    upkeep = UpkeepQueries(uow, store, clock, TIMETABLE, Retention())
    return SupportBundle(uow, clock, CountEverything(store), upkeep, lambda: about(settings))


def test_no_secret_no_text_and_no_name_is_in_it_wherever_they_were_planted() -> None:
    secret = Secret(f"postgresql://u:{PLANTED}@host/db")
    settings = Settings(
        database_url=secret,
        amqp_url=secret,
        secret_keys=secret,
        api_keys=secret,
        smartadvocate_oauth_client_secret=secret,
        smartadvocate_oauth_client_id=PLANTED,
        smartadvocate_oauth_scopes=PLANTED,
        document_hosts=frozenset({f"{PLANTED}.test"}),
        operator=PLANTED,
    )
    service = planted()
    service.later(timedelta(minutes=30))
    told = json.dumps(bundle(service, settings)(OLGA), default=_refuse)
    assert PLANTED.lower() not in told.lower()
    assert "olga" not in told
    for expected in (
        '"north"',
        '"stage_unmapped"',
        '"paused"',
        '"database_url": "set"',
        '"keep_text_days": 30',
    ):
        assert expected in told, expected


def _refuse(value: object) -> str:
    raise AssertionError(f"{value!r} is not JSON-ready")


def test_it_is_for_those_who_keep_all_firms_going() -> None:
    service = FakeService()
    for actor in (
        Actor("fred", Role.FIRM_ADMIN, frozenset({"north"})),
        Actor("ned", Role.OPERATOR, frozenset({"north"})),
    ):
        with pytest.raises(NotAllowedError):
            bundle(service, Settings())(actor)
