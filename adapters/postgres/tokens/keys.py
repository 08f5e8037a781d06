"""Which keys encrypt what is stored, and re-encrypting it under the current one while everything runs."""

from typing import Any, Final, LiteralString

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.tokens.vault import Sealed, Vault
from core.errors import ConfigurationError

BATCH: Final = 100  # rows a transaction: a worker that needs one of them waits milliseconds
_COUNTS = """
select key_id, sum(number)::int
from (
    select key_id, count(*) as number from connections group by key_id
    union all
    select token_key_id, count(*) from connections where token_key_id is not null group by token_key_id
    union all
    select key_id, count(*) from connect_states where expires_at > statement_timestamp() group by key_id
) as used
group by key_id
order by key_id
"""
# Rows that somebody holds are left for the next round, not waited for.
_CREDENTIALS: LiteralString = """
select firm_id, key_id, nonce, ciphertext from connections
where key_id <> %(current)s and firm_id > %(after)s
order by firm_id limit %(limit)s for update skip locked
"""
_PUT_CREDENTIALS: LiteralString = """
update connections set key_id = %(key_id)s, nonce = %(nonce)s, ciphertext = %(ciphertext)s
where firm_id = %(firm_id)s
"""
_TOKENS: LiteralString = """
select firm_id, token_key_id, token_nonce, token_ciphertext from connections
where token_key_id <> %(current)s and firm_id > %(after)s
order by firm_id limit %(limit)s for update skip locked
"""
_PUT_TOKENS: LiteralString = """
update connections set token_key_id = %(key_id)s, token_nonce = %(nonce)s, token_ciphertext = %(ciphertext)s
where firm_id = %(firm_id)s
"""
_PURPOSES: Final[tuple[tuple[str, LiteralString, LiteralString], ...]] = (
    ("", _CREDENTIALS, _PUT_CREDENTIALS),
    ("token", _TOKENS, _PUT_TOKENS),
)


class PostgresKeys:
    """Key ids with what they encrypt. Consents under way last ten minutes and are not rotated."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    def counts(self) -> dict[str, int]:
        """Return how many secrets each key encrypts, also keys that are not given any more."""
        with translating(), self._pool.connection() as connection:
            used: dict[str, int] = dict(Session(connection).rows(_COUNTS))
        return {**dict.fromkeys(self._vault.key_ids, 0), **used}

    def rotate(self) -> tuple[int, list[str]]:
        """Re-encrypt what is not under the current key, in batches, while workers run.

        Returns how many secrets were re-encrypted, and what is in the way of the others, in words. What
        somebody held at the moment is left for another call; `counts` tells.
        """
        number, problems = 0, []
        for purpose, select, update in _PURPOSES:
            after = ""
            while True:
                rows, failed = self._batch(purpose, select, update, after)
                problems += failed
                if not rows:
                    break
                number += len(rows) - len(failed)
                after = rows[-1]
        return number, problems

    def _batch(
        self, purpose: str, select: LiteralString, update: LiteralString, after: str
    ) -> tuple[list[str], list[str]]:
        problems = []
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            given: dict[str, Any] = {"current": self._vault.current, "after": after, "limit": BATCH}
            rows = session.rows(select, given)
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
