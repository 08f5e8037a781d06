"""Which keys encrypt what is stored, and re-encrypting it under the current one while everything runs."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.tokens.connections import TOKEN
from adapters.postgres.tokens.vault import Sealed, Vault
from core.errors import ConfigurationError
from core.ports.connections import Keys

BATCH: Final = 100  # rows a transaction: a worker that needs one of them waits milliseconds
_SQL: Final = Statements.beside(__file__)
_PURPOSES: Final = (
    ("", _SQL["credentials"], _SQL["put_credentials"]),
    (TOKEN, _SQL["tokens"], _SQL["put_tokens"]),
)


class PostgresKeys(Keys):
    """Key ids with what they encrypt. Consents under way last ten minutes and are not rotated."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    @property
    def current(self) -> str:
        return self._vault.current

    def counts(self) -> dict[str, int]:
        with translating(), self._pool.connection() as connection:
            used: dict[str, int] = dict(Session(connection).rows(_SQL["counts"]))
        return {**dict.fromkeys(self._vault.key_ids, 0), **used}

    def try_each(self) -> Sequence[str]:
        with translating(), self._pool.connection() as connection:
            rows = Session(connection).rows(_SQL["one_of_each"])
        problems = []
        for firm_id, purpose, key_id, nonce, ciphertext in rows:
            try:
                self._vault.open(Sealed(key_id, nonce, ciphertext), firm_id, purpose)
            except ConfigurationError as error:
                problems.append(str(error))
        return problems

    def unaware(self) -> list[str]:
        with translating(), self._pool.connection() as connection:
            rows = Session(connection).rows(_SQL["unaware"], {"mark": self._vault.mark})
        return [
            f"a process at {host or 'this machine'}, {number} connection{'s' * (number != 1)}, "
            f"the oldest since {since:%Y-%m-%d %H:%M:%S} UTC"
            for host, number, since in rows
        ]

    def rotate(self) -> tuple[int, list[str]]:
        # The current one, too: another key under its id would seal what those that run cannot open.
        number, problems = 0, list(self.try_each())
        for purpose, select, update in _PURPOSES:
            after = ""
            while True:
                rows, failed = self._batch(purpose, select, update, after)
                problems += failed
                if not rows:
                    break
                number += len(rows) - len(failed)
                after = rows[-1]
        return number, list(dict.fromkeys(problems))

    def _batch(
        self, purpose: str, select: LiteralString, update: LiteralString, after: str
    ) -> tuple[list[str], list[str]]:
        problems = []
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            parameters: dict[str, Any] = {"current": self._vault.current, "after": after, "limit": BATCH}
            rows = session.rows(select, parameters)
            for firm_id, key_id, nonce, ciphertext in rows:
                try:
                    plain = self._vault.open(Sealed(key_id, nonce, ciphertext), firm_id, purpose)
                except ConfigurationError as error:
                    problems.append(str(error))
                    continue
                sealed = self._vault.seal(plain, firm_id, purpose)
                session.run(
                    update,
                    {
                        "firm_id": firm_id,
                        "key_id": sealed.key_id,
                        "nonce": sealed.nonce,
                        "ciphertext": sealed.ciphertext,
                    },
                )
        return [row[0] for row in rows], problems
