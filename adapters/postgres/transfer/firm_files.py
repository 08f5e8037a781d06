"""Firms as files, out of Postgres and into it."""

import os
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from adapters.postgres.moves.moves import PostgresMoves
from adapters.postgres.records.audit import PostgresAudit
from adapters.postgres.store.address import straight
from adapters.postgres.store.errors import translating
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.tokens.vault import Vault
from adapters.postgres.transfer.cell import LAST, Cell, go_on_behind, hear_of, must_be_a_cell
from adapters.postgres.transfer.early import let_early_join, set_early_aside
from adapters.postgres.transfer.frames import FrameReader, FrameWriter, Kind
from adapters.postgres.transfer.paths import known_file, must_take_a_file, new_file
from adapters.postgres.transfer.reading import must_not_be_here, put_secrets, read_tables
from adapters.postgres.transfer.sealed import SealedReader, SealedWriter, unusable
from adapters.postgres.transfer.tables import Table, firm_tables, late_events, of_firm
from adapters.postgres.transfer.writing import (
    pause_from,
    say_head,
    schema_of,
    stays_of,
    write_secrets,
    write_tables,
    written,
)
from core.actor import Actor
from core.audit import AuditAction
from core.errors import ConfigurationError
from core.move import FirmFile, Move, MoveState
from core.ports.moves import FirmFiles
from core.reason import Reason

_SQL: Final = Statements.beside(__file__)
_NAME: Final = "casebridge-move"
_CODE_BYTES: Final = 20
# What the statement `at_work` counts, in its order.
_AT_WORK: Final = (
    "transactions that began before",
    "lanes in the hands of workers",
    "jobs",
    "commands of people",
    "announcements to be published",
)


class PostgresFirmFiles(FirmFiles):
    """See `core.ports.moves.FirmFiles`. Each call has a connection of its own."""

    def __init__(self, database_url: Callable[[], str], key: Callable[[], bytes], vault: Vault) -> None:
        """`database_url` leads to PostgreSQL itself; `key` is the transfer key of 32 bytes, or raises."""
        self._url = database_url
        self._key = key
        self._vault = vault

    def new_code(self) -> str:
        return os.urandom(_CODE_BYTES).hex()

    def watch(self, firm_id: str) -> Callable[[], Sequence[str]]:
        with translating(), straight(self._url(), _NAME) as connection:
            row = connection.execute(_SQL["now"]).fetchone()
        asked = {"firm_id": firm_id, "since": row[0] if row else None}

        def at_work() -> Sequence[str]:
            with translating(), straight(self._url(), _NAME) as connection:
                [numbers] = connection.execute(_SQL["at_work"], asked).fetchall()
            return [f"{number} {what}" for number, what in zip(numbers, _AT_WORK, strict=True) if number]

        return at_work

    def must_be_writable(self, to: Path) -> None:
        self._key()
        must_take_a_file(to)
        with translating(), straight(self._url(), _NAME) as connection:
            must_be_a_cell(connection)

    def write(self, move: Move, to: Path) -> FirmFile:
        with self._writing(to) as (frames, connection):
            cell = say_head(frames, connection, move, is_late=False)
            counts = write_tables(frames, connection, move.firm_id, firm_tables(connection))
            secrets = write_secrets(frames, connection, move.firm_id, self._vault)
            stays = stays_of(connection, move.firm_id)
            return written(frames, move, cell, counts, secrets=secrets, stays=stays)

    def write_late(self, move: Move, to: Path) -> FirmFile:
        with self._writing(to) as (frames, connection):
            cell = say_head(frames, connection, move, is_late=True)
            counts = write_tables(frames, connection, move.firm_id, [late_events(connection)])
            frames.say(Kind.SECRETS, {})
            return replace(written(frames, move, cell, counts, secrets=0, stays=()), is_late=True)

    def read(self, actor: Actor, firm_id: str, path: Path) -> FirmFile:
        key = self._key()
        with (
            _making_sense(),
            translating(),
            known_file(path) as file,
            straight(self._url(), _NAME) as connection,
        ):
            frames = FrameReader(SealedReader(file, key))
            head = frames.hear(Kind.HEAD)
            own = _fitting(head, connection, firm_id)
            # First: what comes to this cell for the firm while it is brought in has higher ids already.
            go_on_behind(connection, own, head["sequences"])
            with connection.transaction():
                connection.execute(_SQL["no_limit"])
                return self._bring_in(actor, head, frames, connection)

    def drop(self, firm_id: str) -> None:
        arrived = {"firm_id": firm_id, "arrived": MoveState.ARRIVED.value}
        with translating(), straight(self._url(), _NAME) as connection, connection.transaction():
            if connection.execute(_SQL["has_arrived"], arrived).fetchone() is None:
                raise ConfigurationError(
                    f"firm {firm_id!r} is not one that has arrived and was not taken over",
                    reason=Reason.MOVE_UNDER_WAY,
                    firm_id=firm_id,
                )
            connection.execute(_SQL["no_limit"])
            asked = of_firm(firm_id)
            for table in reversed(firm_tables(connection)):
                if table.name != "audit_log":  # what people did stays
                    delete = sql.SQL("delete from {} where {}").format(
                        sql.Identifier(table.name), table.condition
                    )
                    connection.execute(delete, asked)
            PostgresMoves(Session(connection)).forget(firm_id)

    @contextmanager
    def _writing(self, to: Path) -> Iterator[tuple[FrameWriter, psycopg.Connection[Any]]]:
        key = self._key()
        with new_file(to) as file, translating(), straight(self._url(), _NAME) as connection:
            sealed = SealedWriter(file, key)
            with connection.transaction():
                connection.execute(_SQL["begin_reading"])
                connection.execute(_SQL["no_limit"])
                yield FrameWriter(sealed), connection
            sealed.close()

    def _bring_in(
        self, actor: Actor, head: dict[str, Any], frames: FrameReader, connection: psycopg.Connection[Any]
    ) -> FirmFile:
        firm_id, is_late = head["firm_id"], head["is_late"]
        hear_of(connection, [Cell(**cell) for cell in head["cells"]])
        found: Sequence[Table] = [late_events(connection)] if is_late else firm_tables(connection)
        tables = {table.name: table for table in found}
        session = Session(connection)
        moves = PostgresMoves(session)
        moves.lock(firm_id)
        if not is_late:
            set_early_aside(connection, firm_id, tables)
            must_not_be_here(connection, firm_id, tables)
        counts = read_tables(frames, connection, firm_id, tables)
        secrets = put_secrets(frames.hear(Kind.SECRETS), connection, firm_id, self._vault)
        if frames.hear(Kind.END)["rows"] != counts:
            raise unusable("it has other rows than it says")
        if not is_late:
            let_early_join(connection, firm_id, tables)
            now = connection.execute(_SQL["now"]).fetchone()
            assert now is not None  # noqa: S101 - a select without from has one row
            digest, before = bytes.fromhex(head["digest"]), pause_from(head["before"])
            moves.put(Move(firm_id, MoveState.ARRIVED, actor.name, now[0], digest, before=before))
        file = FirmFile(firm_id, head["cell"], counts, secrets, is_late=is_late)
        PostgresAudit(session).record(
            actor, firm_id, AuditAction.FIRM_IMPORTED, {"cell": file.cell, "rows": file.total}
        )
        return file


@contextmanager
def _making_sense() -> Iterator[None]:
    """Refuse a file that was sealed with the right key, and holds what no cell has written."""
    found = ""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        found = type(error).__name__
    if found:
        raise unusable(f"what it says makes no sense ({found})")


def _fitting(head: dict[str, Any], connection: psycopg.Connection[Any], firm_id: str) -> Cell:
    """Return this cell. Raises ConfigurationError unless the file is the firm's, and for this database."""
    own = must_be_a_cell(connection)
    if head["firm_id"] != firm_id:
        raise unusable("it is another firm's")
    if head["schema"] != schema_of(connection):
        raise unusable("its cell has another version of the database than this one")
    if max(head["sequences"].values(), default=0) > LAST:
        raise unusable("the numbers that its cell gave out are higher than any can be")
    if head["cell"] == own.number:
        raise ConfigurationError(
            f"the file comes from a cell with this one's number, {own.number}", reason=Reason.CELLS_ALIKE
        )
    return own
