"""A firm moves from one cell to another: rests, is written and read, is handed over and taken over."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Role
from core.audit import AuditAction
from core.delivery import DeliveryState
from core.errors import CasebridgeError, ConfigurationError, FirmMovedError, NotAllowedError, TransientError
from core.firm import ConnectionState
from core.move import MoveState
from core.reason import Reason
from core.usecases.receive_events import Receipt
from tests.fakes.firm_files import Disk
from tests.fakes.service import FakeService

ADA = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
FILE = Path("north.firm")


class TwoCells:
    """Two cells with one SmartAdvocate and one disk; firm `north` is alive in the old one."""

    def __init__(self) -> None:
        disk: Disk = {}
        self.old, self.new = (FakeService(disk=disk, cell=cell) for cell in (1, 2))
        self.new.smartadvocate = self.old.smartadvocate
        self.disk = disk
        self.old.with_firm(None, "300417")
        self.old.send("m-1")
        self.old.work()

    def export(self) -> None:
        self.disk.clear()
        self.old.desk.export_firm(ADA, "north", FILE)

    def import_(self) -> None:
        self.new.desk.import_firm(ADA, "north", FILE)

    def move(self) -> None:
        self.export()
        self.import_()
        code = self.old.desk.settle_move.hand_over(ADA, "north")
        self.new.desk.settle_move.take_over(ADA, "north", code)


def states(service: FakeService) -> dict[str, DeliveryState]:
    return {row.subject_id: row.state for row in service.store.deliveries()}


def is_paused(service: FakeService) -> bool:
    firm = service.store.tables.firms.get("north")
    return firm is not None and firm.is_paused(service.clock.now())


def reason_of(caught: pytest.ExceptionInfo[CasebridgeError]) -> Reason:
    return caught.value.reason


def test_what_waited_in_the_old_cell_leaves_from_the_new_one_once() -> None:
    cells = TwoCells()
    cells.old.send("m-2", minute=1)
    cells.move()
    assert states(cells.new) == {"m-1": DeliveryState.DELIVERED, "m-2": DeliveryState.PENDING}
    assert not is_paused(cells.new)
    assert cells.new.send("m-2", minute=1).receipt is Receipt.REPEATED
    cells.old.work()
    assert states(cells.old)["m-2"] is DeliveryState.PENDING, "the old cell sends nothing more"


def test_a_firm_that_is_leaving_rests_and_what_comes_for_it_is_set_aside_whole() -> None:
    cells = TwoCells()
    cells.export()
    assert is_paused(cells.old)
    verdict = cells.old.send("m-2", minute=1)
    assert (verdict.receipt, verdict.reason, verdict.kept) == (Receipt.REJECTED, Reason.FIRM_MOVED, True)
    assert "m-2" not in states(cells.old)
    [event] = cells.old.store.tables.rejected.values()
    assert event.body


def test_in_the_new_cell_it_rests_and_takes_in_what_comes_until_it_is_taken_over() -> None:
    cells = TwoCells()
    cells.export()
    cells.import_()
    assert is_paused(cells.new)
    assert cells.new.send("m-2", minute=1).receipt is Receipt.RECORDED
    cells.new.work()
    assert states(cells.new)["m-2"] is DeliveryState.PENDING


def test_only_the_code_of_the_old_cell_opens_it() -> None:
    cells = TwoCells()
    cells.export()
    cells.import_()
    with pytest.raises(ConfigurationError) as caught:
        cells.new.desk.settle_move.take_over(ADA, "north", "a guess")
    assert reason_of(caught) is Reason.CODE_WRONG
    assert is_paused(cells.new)


def test_a_file_of_a_move_that_was_begun_anew_cannot_be_taken_over() -> None:
    cells = TwoCells()
    cells.export()
    cells.import_()
    cells.export()
    code = cells.old.desk.settle_move.hand_over(ADA, "north")
    with pytest.raises(ConfigurationError):
        cells.new.desk.settle_move.take_over(ADA, "north", code)
    cells.new.desk.settle_move.call_off(ADA, "north")
    cells.import_()
    cells.new.desk.settle_move.take_over(ADA, "north", code)
    assert not is_paused(cells.new)


def test_a_firm_whose_file_cannot_be_written_does_not_begin_to_rest() -> None:
    cells = TwoCells()
    cells.old.firm_files.key = ""
    with pytest.raises(ConfigurationError):
        cells.old.desk.export_firm(ADA, "north", FILE)
    cells.old.firm_files.key = "key"
    cells.disk[FILE] = b"another firm's"
    with pytest.raises(ConfigurationError):
        cells.old.desk.export_firm(ADA, "north", FILE)
    assert not is_paused(cells.old)
    assert not cells.old.desk.moves.all(ADA)


def test_a_firm_is_not_handed_over_before_its_file_is_there_whole() -> None:
    cells = TwoCells()
    cells.export()
    cells.import_()
    cells.disk.clear()
    cells.old.firm_files.busy = [["1 jobs"]] * 10_000
    with pytest.raises(TransientError):
        cells.old.desk.export_firm(ADA, "north", FILE, within=timedelta(seconds=10))
    with pytest.raises(FirmMovedError) as caught:
        cells.old.desk.settle_move.hand_over(ADA, "north")
    assert reason_of(caught) is Reason.FIRM_AT_WORK
    cells.old.firm_files.busy = []
    cells.export()
    cells.new.desk.settle_move.call_off(ADA, "north")
    cells.import_()
    code = cells.old.desk.settle_move.hand_over(ADA, "north")
    cells.new.desk.settle_move.take_over(ADA, "north", code)
    assert not is_paused(cells.new)


def test_called_off_in_the_old_cell_the_firm_goes_on_with_what_came_meanwhile() -> None:
    cells = TwoCells()
    cells.export()
    cells.import_()
    cells.old.send("m-2", minute=1)
    assert cells.old.desk.settle_move.call_off(ADA, "north") is MoveState.LEAVING
    cells.old.work()
    assert states(cells.old) == {"m-1": DeliveryState.DELIVERED, "m-2": DeliveryState.DELIVERED}
    assert cells.new.desk.settle_move.call_off(ADA, "north") is MoveState.ARRIVED
    assert states(cells.new) == {}


def test_handed_over_it_is_never_called_off_and_its_secrets_are_gone() -> None:
    cells = TwoCells()
    cells.export()
    code = cells.old.desk.settle_move.hand_over(ADA, "north")
    assert cells.old.desk.settle_move.hand_over(ADA, "north") == code, "told again, for who lost it"
    with pytest.raises(FirmMovedError):
        cells.old.desk.settle_move.call_off(ADA, "north")
    assert cells.old.store.tables.firms["north"].connection is ConnectionState.DISCONNECTED
    assert cells.old.connections.get("north") is None


def test_nobody_pauses_resumes_or_changes_a_firm_on_its_way() -> None:
    cells = TwoCells()
    cells.export()
    until = cells.old.clock.now() + timedelta(hours=1)
    for refused in (
        lambda: cells.old.desk.resume_firm(ADA, "north"),
        lambda: cells.old.desk.pause_firm(ADA, "north", until, "because"),
        lambda: cells.old.desk.change_settings.plain(ADA, "north", {"name": "Another"}),
    ):
        with pytest.raises(FirmMovedError):
            refused()
    cells.import_()
    with pytest.raises(FirmMovedError) as caught:
        cells.new.desk.resume_firm(ADA, "north")
    assert reason_of(caught) is Reason.MOVE_UNDER_WAY
    assert is_paused(cells.old)
    assert is_paused(cells.new)


def test_a_pause_that_a_person_wished_goes_along() -> None:
    cells = TwoCells()
    until = cells.old.clock.now() + timedelta(hours=1)
    cells.old.desk.pause_firm(ADA, "north", until, "they move their server")
    cells.move()
    pause = cells.new.store.tables.firms["north"].pause(cells.new.clock.now())
    assert pause is not None
    assert (pause.until, pause.by, pause.why) == (until, "ada", "they move their server")


def test_what_is_at_work_is_waited_for_and_the_firm_rests_where_it_takes_too_long() -> None:
    cells = TwoCells()
    cells.old.firm_files.busy = [["1 jobs"], ["1 jobs"]]
    cells.export()
    assert FILE in cells.disk
    cells.old.desk.settle_move.call_off(ADA, "north")
    cells.disk.clear()
    cells.old.firm_files.busy = [["1 jobs"]] * 10_000
    with pytest.raises(TransientError) as caught:
        cells.old.desk.export_firm(ADA, "north", FILE, within=timedelta(seconds=10))
    assert reason_of(caught) is Reason.FIRM_AT_WORK
    assert (is_paused(cells.old), FILE in cells.disk) == (True, False)


def test_what_came_late_is_brought_after_it() -> None:
    cells = TwoCells()
    cells.move()
    cells.old.send("m-2", minute=1)
    cells.disk.clear()
    assert cells.old.desk.export_firm(ADA, "north", FILE).is_late
    for accepted in (1, 0):
        assert cells.new.desk.import_firm(ADA, "north", FILE).events.accepted == accepted
    cells.new.work()
    assert states(cells.new)["m-2"] is not None


def test_a_firm_that_left_is_deleted_and_stays_refused_and_what_came_late_stays() -> None:
    cells = TwoCells()
    cells.move()
    cells.old.send("m-2", minute=1)
    cells.old.desk.delete_firm(ADA, "north")
    assert cells.old.send("m-3", minute=2).reason is Reason.FIRM_MOVED
    assert len(cells.old.store.tables.rejected) == 2


def test_a_firm_comes_back_once_what_stayed_of_it_is_deleted() -> None:
    cells = TwoCells()
    cells.move()
    cells.old, cells.new = cells.new, cells.old
    cells.export()
    with pytest.raises(ConfigurationError) as caught:
        cells.import_()
    assert reason_of(caught) is Reason.FIRM_HERE_ALREADY
    cells.new.desk.delete_firm(ADA, "north")
    cells.import_()
    code = cells.old.desk.settle_move.hand_over(ADA, "north")
    cells.new.desk.settle_move.take_over(ADA, "north", code)
    assert cells.new.send("m-2", minute=1).receipt is Receipt.RECORDED


@pytest.mark.parametrize(
    "actor",
    [
        Actor("olga", Role.OPERATOR, ALL_FIRMS),
        Actor("ned", Role.IMPLEMENTATION_MANAGER, frozenset({"north"})),
        Actor("key", Role.SERVICE, ALL_FIRMS, frozenset(Power)),
    ],
)
def test_it_takes_a_person_who_manages_all_firms(actor: Actor) -> None:
    cells = TwoCells()
    settle = cells.old.desk.settle_move
    for refused in (
        lambda: cells.old.desk.export_firm(actor, "north", FILE),
        lambda: cells.old.desk.import_firm(actor, "north", FILE),
        lambda: settle.hand_over(actor, "north"),
        lambda: settle.take_over(actor, "north", "code"),
        lambda: settle.call_off(actor, "north"),
    ):
        with pytest.raises(NotAllowedError):
            refused()
    assert not is_paused(cells.old)


def test_each_step_is_in_the_audit_log_of_its_cell() -> None:
    cells = TwoCells()
    cells.move()
    log = [
        [e.action for e in service.desk.records.audit_log(ADA, "north", 50)]
        for service in (cells.old, cells.new)
    ]
    assert log[0][:3] == [AuditAction.FIRM_HANDED_OVER, AuditAction.FIRM_EXPORTED, AuditAction.FIRM_LEAVING]
    assert log[1][:2] == [AuditAction.FIRM_TAKEN_OVER, AuditAction.FIRM_IMPORTED]


def test_moves_are_listed_without_what_opens_them() -> None:
    cells = TwoCells()
    cells.move()
    [old], [new] = cells.old.desk.moves.all(ADA), cells.new.desk.moves.all(SYSTEM)
    assert (old.state, new.state) == (MoveState.LEFT, MoveState.HERE)
    assert old.code == ""
