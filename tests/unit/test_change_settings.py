"""Settings are versioned and audited, and what they blocked is tried again at once."""

from datetime import timedelta
from typing import Any

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.case import Outcome, SkipReason
from core.closing import ClosedRule
from core.errors import NotAllowedError, UnknownFirmError
from core.field_mapping import FieldMapping
from core.firm import Firm
from core.run import Trigger
from core.setting_version import SettingKind
from core.stage import PracticeArea, PracticeAreas, Stage
from tests.fakes.samples import AREAS, NOON, a_source_case
from tests.fakes.service import FakeService

ADA = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
LONG_AGO = NOON - timedelta(days=400)
STAGES = (Stage("Treatment", ("Treating",)), Stage("Demand"), Stage("Settled", ("Closed",)))
WIDER = PracticeAreas((PracticeArea("Personal Injury", STAGES, ("Auto Accident", "Maritime")),))


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm()
    service.smartadvocate.put_case("north", a_source_case("1", modified_at=LONG_AGO, case_type="Maritime"))
    service.smartadvocate.put_case("north", a_source_case("2", modified_at=LONG_AGO, plaintiffs=()))
    service.start_sync(SYSTEM, firm(service))
    service.work()
    return service


def firm(service: FakeService) -> Firm:
    with service.store.unit_of_work() as uow:
        found = uow.firms.get("north")
    assert found is not None
    return found


def test_a_mapped_name_brings_its_cases_at_once_and_only_what_it_may_cure_is_read(
    service: FakeService,
) -> None:
    saved = service.settings.practice_areas(ADA, "north", WIDER)
    assert saved.retry is not None
    service.work()
    with service.store.unit_of_work() as uow:
        results = {r.integration_id: r.outcome for r in uow.runs.results(saved.retry.run_id)}
        assert results == {"1": Outcome.CREATED}
        assert [p.integration_id for p in uow.problems.list("north")] == ["2"]
        assert uow.issues.list_open(frozenset({"north"})) == []


def test_during_a_run_the_blocked_cases_are_tried_by_that_run_however_far_it_has_come(
    service: FakeService,
) -> None:
    run, _ = service.start_sync(SYSTEM, firm(service), Trigger.RESET)

    def save_now(_: Any) -> None:
        service.smartadvocate.drift.between_pages = None
        service.settings.practice_areas(ADA, "north", WIDER)

    service.smartadvocate.drift.between_pages = save_now
    service.work()
    with service.store.unit_of_work() as uow:
        outcomes = {r.integration_id: r.outcome for r in uow.runs.results(run.run_id)}
        assert len(uow.runs.list(frozenset({"north"}))) == 2
        assert uow.cases.get("north", ["1"])
    assert outcomes["2"] is Outcome.SKIPPED


def test_every_version_says_who_saved_what(service: FakeService) -> None:
    first = service.settings.field_mapping(ADA, "north", FieldMapping())
    second = service.settings.closing(ADA, "north", ClosedRule(("Archived",)))
    assert (first.firm.settings_version, second.firm.settings_version) == (1, 2)
    assert firm(service).closed == ClosedRule(("Archived",))
    with service.store.unit_of_work() as uow:
        newest, oldest = uow.firms.versions("north")
        assert (newest.kind, newest.data["status_names"]) == (SettingKind.CLOSING, ["Archived"])
        assert (oldest.kind, oldest.actor) == (SettingKind.FIELD_MAPPING, ADA)
        actions = [entry.action for entry in uow.audit.list(frozenset({"north"}))]
    assert actions == ["closing-changed", "field-mapping-changed"]


def test_saving_the_same_again_is_no_new_version_and_starts_nothing(service: FakeService) -> None:
    service.settings.practice_areas(ADA, "north", WIDER)
    service.work()
    again = service.settings.practice_areas(ADA, "north", WIDER)
    assert (again.changed, again.retry, again.firm.settings_version) == (False, None, 1)


def test_a_change_that_cures_nothing_starts_nothing(service: FakeService) -> None:
    assert service.settings.closing(ADA, "north", ClosedRule(("Archived",))).retry is None


def test_plain_settings_are_saved_and_audited(service: FakeService) -> None:
    saved = service.settings.plain(ADA, "north", {"page_size": 50, "nightly_sync": False})
    assert saved.changed
    assert (firm(service).page_size, firm(service).nightly_sync) == (50, False)
    assert not service.settings.plain(ADA, "north", {"page_size": 50}).changed
    with service.store.unit_of_work() as uow:
        [entry] = uow.audit.list(frozenset({"north"}))
    assert dict(entry.detail) == {"page_size": "200 → 50", "nightly_sync": "true → false"}


def test_an_unknown_firm_and_a_foreign_one_are_refused(service: FakeService) -> None:
    with pytest.raises(UnknownFirmError):
        service.settings.practice_areas(ADA, "nobody", AREAS)
    with pytest.raises(NotAllowedError):
        service.settings.plain(Actor("eve", Role.FIRM_ADMIN, frozenset({"south"})), "north", {"page_size": 1})


def test_a_known_case_that_kept_its_stage_takes_the_new_one_when_its_name_is_mapped(
    service: FakeService,
) -> None:
    service.smartadvocate.put_case("north", a_source_case("3"))
    service.start_sync(SYSTEM, firm(service))
    service.work()
    service.smartadvocate.change_case("north", "3", status="In suit")
    service.start_sync(SYSTEM, firm(service))
    service.work()
    stages = (Stage("Treatment", ("Treating",)), Stage("Lawsuit", ("In suit",)))
    areas = PracticeAreas((PracticeArea("Personal Injury", stages, ("Auto Accident",)),))
    saved = service.settings.practice_areas(ADA, "north", areas)
    assert saved.retry is not None
    service.work()
    with service.store.unit_of_work() as uow:
        assert uow.cases.get("north", ["3"])["3"].stage == "Lawsuit"
        assert SkipReason.STAGE_UNMAPPED not in uow.problems.counts("north")
    assert service.announced().count("stage-changed") == 1
