"""What stays true until somebody has dealt with it is closed by a person, and nothing else is."""

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.errors import EndsByItselfError, NotAllowedError, UnknownThingError
from core.issue import CLOSED_BY_A_PERSON, IssueKind
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.unit.cli_shell import Shell

TWICE = IssueKind.WRITTEN_TWICE


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.add_firm(SYSTEM, a_firm("north"))
    with service.units_of_work(SYSTEM) as uow:
        uow.issues.open("north", TWICE, "7", "notes 41 and 42")
        uow.issues.open("north", TWICE, "8", "notes 51 and 52")
        uow.issues.open("north", IssueKind.SYNC_FAILED, "nightly", "given up")
        uow.commit()
    return service


def keys(service: FakeService) -> list[str]:
    return [issue.key for issue in service.desk.records.issues(SYSTEM, "north", with_muted=True)]


def test_one_is_closed_the_others_stay_and_the_audit_log_knows_it(service: FakeService) -> None:
    service.desk.close_issue(SYSTEM, "north", TWICE, "7")
    assert keys(service) == ["8", "nightly"]
    [entry, *_] = service.desk.records.audit_log(SYSTEM, "north", 1)
    assert (entry.action, entry.detail) == ("issue-closed", {"kind": "written_twice", "key": "7"})


def test_what_is_seen_again_is_open_again(service: FakeService) -> None:
    service.desk.close_issue(SYSTEM, "north", TWICE, "7")
    with service.units_of_work(SYSTEM) as uow:
        uow.issues.open("north", TWICE, "7", "notes 41 and 43")
        uow.commit()
    assert keys(service) == ["8", "nightly", "7"]


@pytest.mark.parametrize("kind", sorted(set(IssueKind) - CLOSED_BY_A_PERSON))
def test_what_is_over_by_itself_is_not_closed_by_hand(service: FakeService, kind: IssueKind) -> None:
    with pytest.raises(EndsByItselfError):
        service.desk.close_issue(SYSTEM, "north", kind, "nightly")
    assert len(keys(service)) == 3


def test_a_mistyped_key_closes_nothing_and_the_nearest_is_named(service: FakeService) -> None:
    with pytest.raises(UnknownThingError) as refused:
        service.desk.close_issue(SYSTEM, "north", TWICE, "77")
    assert refused.value.facts.known == ("7", "8")
    assert len(keys(service)) == 3


def test_who_only_looks_closes_nothing(service: FakeService) -> None:
    onlooker = Actor("max", Role.ONLOOKER, ALL_FIRMS)
    with pytest.raises(NotAllowedError):
        service.desk.close_issue(onlooker, "north", TWICE, "7")
    assert len(keys(service)) == 3


def test_it_is_a_command(service: FakeService) -> None:
    shell = Shell(service)
    assert "written_twice 7 of north is closed" in shell("issues", "close", "north", "written_twice", "7")
    assert "Cure the cause" in shell.fails("issues", "close", "north", "sync_failed", "nightly")
