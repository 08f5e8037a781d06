"""What a firm's file promises (`core.ports.moves.FirmFiles`): two stores, as two cells have them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.postgres.store.pool import Pool, open_pool, open_reader
from adapters.postgres.tokens.connections import PostgresConnections
from adapters.postgres.tokens.vault import Vault
from adapters.postgres.transfer.cell import number_cell
from adapters.postgres.transfer.firm_files import PostgresFirmFiles
from adapters.postgres.transfer.frames import FrameReader, FrameWriter, Kind
from adapters.postgres.transfer.sealed import SealedReader, SealedWriter
from core.actor import ALL_FIRMS, Actor, Role
from core.audit import AuditAction
from core.credentials import PasswordCredentials
from core.errors import ConfigurationError
from core.event import EventKind
from core.issue import IssueKind
from core.move import Move, MoveState, digest_of
from core.pause import Pause
from core.ports.connections import Connections
from core.ports.inbox import RejectedEvent
from core.ports.moves import FirmFiles
from core.reason import Reason
from core.setting_version import SettingKind
from tests.contract.lanes import add, due, save_firm
from tests.contract.stores import InMemory, Postgres, Store
from tests.fakes.connections import FakeConnections
from tests.fakes.firm_files import Disk, FakeFirmFiles
from tests.fakes.samples import NOON, a_case, a_firm, a_message
from tests.fakes.store import FakeStore
from tests.servers import PostgresServer

ADA = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
BEFORE = Pause(NOON, by="olga", why="they move their server")
LEAVING = Move("north", MoveState.LEAVING, "ada", NOON, digest_of("the code"), "the code", BEFORE)
PASSWORD = PasswordCredentials("north's user", "north's password")


@dataclass(frozen=True)
class Cell:
    """A cell: its store, its connections, its files, and the same files with another transfer key."""

    store: Store
    connections: Connections
    files: FirmFiles
    with_other_key: FirmFiles


@dataclass(frozen=True)
class Cells:
    """Two of them, a disk, and a file's bytes to be read and changed."""

    old: Cell
    new: Cell
    path: Path
    change: Callable[[Callable[[bytes], bytes]], None]
    """Change the file's bytes."""


def in_memory() -> Cells:
    disk: Disk = {}
    made = []
    for number in (1, 2):
        store = InMemory()
        store.store = FakeStore(store.clock, cell=number)
        connections = FakeConnections(store.clock)
        files = [FakeFirmFiles(store.store, connections, disk, key) for key in ("key", "another")]
        made.append(Cell(store, connections, *files))
    path = Path("north.firm")

    def change(how: Callable[[bytes], bytes]) -> None:
        disk[path] = how(disk[path])

    return Cells(made[0], made[1], path, change)


@pytest.fixture(scope="module")
def cell_urls(postgres_server: PostgresServer, template_url: str) -> Iterator[list[str]]:
    urls = [postgres_server.create_database(template=template_url) for _ in range(2)]
    for number, url in enumerate(urls, 1):
        number_cell(url, number)
    yield urls
    for url in urls:
        postgres_server.drop_database(url)


def on_postgres(urls: list[str], stack: ExitStack, folder: Path) -> Cells:
    made = []
    for number, url in enumerate(urls, 1):
        pool: Pool = stack.enter_context(open_pool(url, min_size=1, max_size=3, application_name="contract"))
        reader = stack.enter_context(open_reader(url, max_size=1, application_name="contract"))
        vault = Vault({f"key of {number}": bytes([number]) * 32}, f"key of {number}")
        store = stack.enter_context(closing(Postgres(pool)))
        files = [
            PostgresFirmFiles(lambda url=url: url, lambda key=key: key * 32, vault)  # type: ignore[misc]  # mypy infers no default of a lambda
            for key in (b"k", b"o")
        ]
        made.append(Cell(store, PostgresConnections(pool, vault, reader), *files))
    path = folder / "north.firm"

    def change(how: Callable[[bytes], bytes]) -> None:
        path.write_bytes(how(path.read_bytes()))

    return Cells(made[0], made[1], path, change)


@pytest.fixture(params=["in memory", "postgres"])
def cells(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cells]:
    if request.param == "in memory":
        yield in_memory()
        return
    with ExitStack() as stack:
        yield on_postgres(request.getfixturevalue("cell_urls"), stack, tmp_path)


def fill(cell: Cell, firm_id: str = "north") -> None:
    """Let a firm have a bit of much; some of it was rejected, and some came when it had left."""
    save_firm(cell.store, a_firm(firm_id, name=f"The {firm_id} firm"))
    add(cell.store, *(a_message(f"m-{firm_id}-{n}", minute=n, firm_id=firm_id) for n in range(3)))
    body = f'{{"firm_id": "{firm_id}"}}'.encode()
    with cell.store.unit_of_work() as uow:
        uow.cases.save(firm_id, [a_case()])
        uow.issues.open(firm_id, IssueKind.SYNC_FAILED, "key", "what happened")
        uow.firms.add_version(firm_id, SettingKind.CLOSING, {"a": 1}, ADA)
        uow.audit.record(ADA, firm_id, AuditAction.SETTINGS_CHANGED, {"setting": firm_id})
        uow.inbox.set_aside(
            [
                RejectedEvent("q", Reason.MALFORMED, "detail", len(body), body),
                RejectedEvent("q", Reason.FIRM_MOVED, "detail", len(body), body + b" "),
            ]
        )
        uow.commit()
    cell.connections.put(firm_id, "https://north.test/CaseSyncAPI/", PASSWORD)


def what_there_is(cell: Cell, firm_id: str = "north") -> dict[str, Any]:
    """All that `fill` made, as it is now."""
    connection = cell.connections.get(firm_id)
    reach = frozenset({firm_id})
    with cell.store.unit_of_work() as uow:
        return {
            "firm": uow.firms.get(firm_id),
            "cases": uow.cases.existing({(firm_id, "300417")}),
            "issues": [(issue.kind, issue.message) for issue in uow.issues.list_open(reach)],
            "versions": uow.firms.versions(firm_id),
            "audit": [e for e in uow.audit.list(reach) if e.action != AuditAction.FIRM_IMPORTED],
            "numbers": [row.delivery_id for row in uow.deliveries.find(reach, a_selection(firm_id), 10)],
            "states": cell.store.states(),
            "rejected": [
                event.body for event in cell.store.rejected() if event.body and b"north" in event.body
            ],
            "credentials": connection.credentials if connection else None,
        }


def a_selection(firm_id: str) -> Any:
    from core.delivery_selection import Selection

    return Selection(firm_id)


def move(cells: Cells) -> None:
    cells.old.files.write(LEAVING, cells.path)
    cells.new.files.read(ADA, "north", cells.path)


def refused(cells: Cells, reason: Reason, files: FirmFiles | None = None, firm_id: str = "north") -> None:
    """Hold that the file is refused for this reason, and that nothing came of it."""
    before = what_there_is(cells.new)
    with pytest.raises(ConfigurationError) as caught:
        (files or cells.new.files).read(ADA, firm_id, cells.path)
    assert caught.value.reason is reason
    assert what_there_is(cells.new) == before


def test_a_firm_is_in_the_new_cell_as_it_was_in_the_old_one(cells: Cells) -> None:
    fill(cells.old)
    fill(cells.old, "south")
    before = what_there_is(cells.old) | {"states": {f"m-north-{n}": "pending" for n in range(3)}}
    file = cells.old.files.write(LEAVING, cells.path)
    assert file.rows["deliveries"] == 3
    assert file.secrets >= 1
    read = cells.new.files.read(ADA, "north", cells.path)
    assert (read.cell, read.rows) == (1, file.rows)
    assert what_there_is(cells.new) == before
    assert due(cells.new.store) == ["north"]


def test_its_move_has_then_arrived_and_the_code_is_not_in_the_file(cells: Cells) -> None:
    fill(cells.old)
    move(cells)
    with cells.new.store.unit_of_work() as uow:
        found = uow.moves.get("north")
        assert uow.audit.list(ALL_FIRMS)[0].action == AuditAction.FIRM_IMPORTED
    assert found is not None
    assert (found.state, found.by, found.code, found.before) == (MoveState.ARRIVED, "ada", "", BEFORE)
    assert found.is_opened_by("the code")


def test_what_is_numbered_later_in_the_new_cell_has_higher_numbers_than_all_that_came(cells: Cells) -> None:
    fill(cells.old)
    numbers = what_there_is(cells.old)["numbers"]
    move(cells)
    add(cells.new.store, a_message("m-later", minute=9))
    with cells.new.store.unit_of_work() as uow:
        newest = max(row.delivery_id for row in uow.deliveries.find(ALL_FIRMS, a_selection("north"), 10))
    assert newest > max(numbers)
    assert {number % 1_000 for number in numbers} == {1}
    assert newest % 1_000 == 2


def test_two_cells_never_give_one_number(cells: Cells) -> None:
    fill(cells.old)
    fill(cells.new)
    numbers = [what_there_is(cell)["numbers"] for cell in (cells.old, cells.new)]
    assert not set(numbers[0]) & set(numbers[1])


def test_a_firm_that_is_here_is_not_brought_in_again(cells: Cells) -> None:
    fill(cells.old)
    move(cells)
    refused(cells, Reason.FIRM_HERE_ALREADY)


def test_messages_that_waited_here_for_the_firm_go_out_with_those_it_brings_each_once(cells: Cells) -> None:
    fill(cells.old)
    early = [a_message(f"m-{name}", minute=minute) for name, minute in (("early", 7), ("north-1", 1))]
    add(cells.new.store, *early, hold=Reason.FIRM_UNKNOWN)
    move(cells)
    assert sorted(cells.new.store.states()) == ["m-early", "m-north-0", "m-north-1", "m-north-2"]
    with cells.new.store.unit_of_work() as uow:
        uow.deliveries.release_resolved_holds()
        uow.commit()
    assert due(cells.new.store) == ["north"]
    with cells.new.store.unit_of_work() as uow:
        [lane] = uow.deliveries.claim(
            "north", EventKind.MESSAGE_SENT, owner=cells.new.store.owner(), lanes=9, limit=9
        )
        uow.commit()
    expected = ["m-north-0", "m-north-1", "m-north-2", "m-early"]
    assert [delivery.subject_id for delivery in lane.deliveries] == expected


def test_messages_that_waited_here_wait_on_where_the_file_is_refused(cells: Cells) -> None:
    fill(cells.old)
    add(cells.new.store, a_message("m-early"), hold=Reason.FIRM_UNKNOWN)
    cells.old.files.write(LEAVING, cells.path)
    cells.change(lambda whole: whole[:-1])
    refused(cells, Reason.FIRM_FILE_UNUSABLE)
    assert cells.new.store.states() == {"m-early": "held"}


@pytest.mark.parametrize(
    "how",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:40],
        lambda _: b"",
        lambda whole: whole + b"\0",
        lambda whole: whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:],
        lambda whole: whole[:60] + bytes([whole[60] ^ 1]) + whole[61:],
    ],
)
def test_a_file_that_was_cut_or_altered_is_refused(cells: Cells, how: Callable[[bytes], bytes]) -> None:
    fill(cells.old)
    cells.old.files.write(LEAVING, cells.path)
    cells.change(how)
    refused(cells, Reason.FIRM_FILE_UNUSABLE)


def test_a_file_is_opened_by_its_own_key_for_its_own_firm(cells: Cells) -> None:
    fill(cells.old)
    cells.old.files.write(LEAVING, cells.path)
    refused(cells, Reason.FIRM_FILE_UNUSABLE, cells.new.with_other_key)
    refused(cells, Reason.FIRM_FILE_UNUSABLE, firm_id="south")


@pytest.mark.parametrize("table", ["cases", "deliveries", "issues", "audit_log", "setting_versions"])
def test_a_file_brings_no_row_of_another_firm_whoever_made_it(
    cell_urls: list[str], tmp_path: Path, table: str
) -> None:
    with ExitStack() as stack:
        cells = on_postgres(cell_urls, stack, tmp_path)
        fill(cells.old)
        save_firm(cells.new.store, a_firm("south"))
        cells.old.files.write(LEAVING, cells.path)
        forge(cells.path, table, lambda rows: rows.replace(b"north", b"south"))
        south = what_there_is(cells.new, "south")
        refused(cells, Reason.FIRM_FILE_UNUSABLE)
        assert what_there_is(cells.new, "south") == south


@pytest.mark.parametrize(
    "how",
    [
        lambda head: {**head, "cells": [{"number": "one"}]},
        lambda head: {**head, "sequences": {"deliveries_delivery_id_seq": 2**62}},
        lambda head: {**head, "sequences": 5},
        lambda head: {**head, "digest": "no digest"},
        lambda head: {name: head[name] for name in head if name != "before"},
    ],
)
def test_a_file_whose_head_makes_no_sense_is_refused(
    cell_urls: list[str], tmp_path: Path, how: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    with ExitStack() as stack:
        cells = on_postgres(cell_urls, stack, tmp_path)
        fill(cells.old)
        cells.old.files.write(LEAVING, cells.path)
        forge(cells.path, head=how)
        refused(cells, Reason.FIRM_FILE_UNUSABLE)


def forge(
    path: Path,
    table: str = "",
    how: Callable[[bytes], bytes] = bytes,
    head: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> None:
    """Write the file anew, as whoever has its key can: with other rows of a table, or another head."""
    made = path.with_name("forged")
    with path.open("rb") as whole, made.open("wb") as file:
        frames, sealed = FrameReader(SealedReader(whole, b"k" * 32)), SealedWriter(file, b"k" * 32)
        forged = FrameWriter(sealed)
        forged.say(Kind.HEAD, head(frames.hear(Kind.HEAD)))
        while frames.is_at_table:
            told = frames.hear(Kind.TABLE)
            forged.begin_table(told["name"], told["columns"])
            for rows in frames.rows():
                forged.row(how(rows) if told["name"] == table else rows)
            forged.end_table(frames.hear(Kind.TABLE_END)["rows"])
        for kind in (Kind.SECRETS, Kind.END):
            forged.say(kind, frames.hear(kind))
        sealed.close()
    made.replace(path)


def test_a_file_goes_to_another_cell_than_it_came_from(cells: Cells) -> None:
    fill(cells.old)
    cells.old.files.write(LEAVING, cells.path)
    with pytest.raises(ConfigurationError) as caught:
        cells.old.files.read(ADA, "north", cells.path)
    assert caught.value.reason is Reason.CELLS_ALIKE


def test_a_file_that_is_there_is_not_written_over(cells: Cells) -> None:
    fill(cells.old)
    cells.old.files.write(LEAVING, cells.path)
    with pytest.raises(ConfigurationError):
        cells.old.files.write(LEAVING, cells.path)


def test_a_firm_that_arrived_can_be_dropped_and_brought_in_again(cells: Cells) -> None:
    fill(cells.old)
    fill(cells.new, "south")
    move(cells)
    cells.new.files.drop("north")
    left = what_there_is(cells.new)
    assert (left["firm"], left["numbers"], left["versions"], left["credentials"]) == (None, [], [], None)
    assert what_there_is(cells.new, "south")["numbers"]
    cells.new.files.read(ADA, "north", cells.path)
    assert what_there_is(cells.new)["numbers"] == what_there_is(cells.old)["numbers"]


@pytest.mark.parametrize("state", [MoveState.HERE, MoveState.LEAVING, None])
def test_no_other_firm_is_dropped(cells: Cells, state: MoveState | None) -> None:
    fill(cells.new)
    with cells.new.store.unit_of_work() as uow:
        if state is not None:
            uow.moves.put(replace(LEAVING, state=state))
        uow.commit()
    with pytest.raises(ConfigurationError):
        cells.new.files.drop("north")
    assert len(what_there_is(cells.new)["numbers"]) == 3


def test_what_came_late_is_set_aside_in_the_new_cell_once(cells: Cells) -> None:
    fill(cells.old)
    cells.old.files.write_late(replace(LEAVING, state=MoveState.LEFT), cells.path)
    for _ in range(2):
        assert cells.new.files.read(ADA, "north", cells.path).is_late
    assert [event.reason for event in cells.new.store.rejected()] == [Reason.FIRM_MOVED]
    assert what_there_is(cells.new)["firm"] is None


def test_a_claim_of_the_firm_is_still_at_work_and_another_firms_is_not(cells: Cells) -> None:
    fill(cells.old)
    fill(cells.old, "south")
    watched = cells.old.files.watch("north")
    assert watched() == []
    for firm_id, expected in (("south", False), ("north", True)):
        with cells.old.store.unit_of_work() as uow:
            uow.deliveries.claim(
                firm_id, EventKind.MESSAGE_SENT, owner=cells.old.store.owner(), lanes=1, limit=1
            )
            uow.commit()
        assert bool(watched()) is expected, firm_id


def test_what_cannot_be_written_is_told_before_and_leaves_nothing(cells: Cells) -> None:
    fill(cells.old)
    cells.old.files.must_be_writable(cells.path)
    cells.old.files.write(LEAVING, cells.path)
    with pytest.raises(ConfigurationError):
        cells.old.files.must_be_writable(cells.path)


def test_a_folder_that_is_not_there_is_told_before(cell_urls: list[str], tmp_path: Path) -> None:
    with ExitStack() as stack:
        files = on_postgres(cell_urls, stack, tmp_path).old.files
        with pytest.raises(ConfigurationError, match="No such file or directory"):
            files.must_be_writable(tmp_path / "nowhere" / "north.firm")
        files.must_be_writable(tmp_path / "north.firm")
    assert not list(tmp_path.iterdir())
