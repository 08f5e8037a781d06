"""Links, browser sessions and states of the connection page, in Postgres."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.tokens.vault import Sealed, Vault
from core.ports.consents import Begun

_VERIFIER: Final = "verifier"
_SECRET_BYTES: Final = 32
_VERIFIER_BYTES: Final = 48  # 64 characters; RFC 7636 asks for 43 to 128
_MAX_PRESENTED: Final = 200  # characters of what a browser brings

_FORGET_OLD = (
    "delete from connect_links where expires_at < statement_timestamp()",
    "delete from connect_sessions where expires_at < statement_timestamp()",
    "delete from connect_states where expires_at < statement_timestamp()",
)
_NEW_LINK = """
insert into connect_links (link_hash, firm_id, expires_at)
values (%(link)s, %(firm_id)s, statement_timestamp() + %(life)s)
"""
_OPEN_LINK = """
with used as (
    delete from connect_links where link_hash = %(link)s returning firm_id, expires_at
)
insert into connect_sessions (session_hash, firm_id, expires_at)
select %(session)s, firm_id, statement_timestamp() + %(life)s
from used
where expires_at > statement_timestamp()
"""
_FIRM_OF = """
select firm_id from connect_sessions
where session_hash = %(session)s and expires_at > statement_timestamp()
"""
_VOID = "delete from connect_states where session_hash = %(session)s"
_BEGIN = """
insert into connect_states (state_hash, session_hash, firm_id, key_id, nonce, ciphertext, expires_at)
values (%(state)s, %(session)s, %(firm_id)s, %(key_id)s, %(nonce)s, %(ciphertext)s,
        statement_timestamp() + %(life)s)
"""
# Whoever brings it, it is used up; only its own session gets anything for it.
_TAKE = """
with used as (
    delete from connect_states where state_hash = %(state)s
    returning session_hash, firm_id, key_id, nonce, ciphertext, expires_at
)
select used.firm_id, key_id, nonce, ciphertext
from used
join connect_sessions using (session_hash, firm_id)
where session_hash = %(session)s and used.expires_at > statement_timestamp()
  and connect_sessions.expires_at > statement_timestamp()
"""


class PostgresConsents:
    """See `core.ports.consents.Consents`. Calls are transactions of their own."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    def new_link(self, firm_id: str, life: timedelta) -> str:
        """Return the secret part of a link to the firm's page, good once within `life`."""
        link = secrets.token_urlsafe(_SECRET_BYTES)
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            for statement in _FORGET_OLD:
                session.run(statement)
            session.run(_NEW_LINK, {"link": _hash(link), "firm_id": firm_id, "life": life})
        return link

    def open_link(self, link: str, life: timedelta) -> str | None:
        """Use the link up, and return the secret of a browser session of its firm; None for a dead link."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        given = {"link": _hash(link), "session": _hash(secret), "life": life}
        with translating(), self._pool.connection() as connection:
            return secret if Session(connection).run(_OPEN_LINK, given) == 1 else None

    def firm_of(self, session: str) -> str | None:
        """Return the session's firm, None for one that is unknown or over."""
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_FIRM_OF, {"session": _hash(session)})
        return None if row is None else str(row[0])

    def begin(self, session: str, life: timedelta) -> Begun | None:
        """Begin a consent in this session; earlier ones of it are void. None for a session that is over."""
        begun = Begun(secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_VERIFIER_BYTES))
        known = {"session": _hash(session)}
        with translating(), self._pool.connection() as connection:
            rows = Session(connection)
            row = rows.row(_FIRM_OF, known)
            if row is None:
                return None
            sealed = self._vault.seal(begun.verifier.encode(), row[0], _VERIFIER)
            rows.run(_VOID, known)
            rows.run(
                _BEGIN,
                {
                    **known,
                    "state": _hash(begun.state),
                    "firm_id": row[0],
                    "key_id": sealed.key_id,
                    "nonce": sealed.nonce,
                    "ciphertext": sealed.ciphertext,
                    "life": life,
                },
            )
        return begun

    def take(self, session: str, state: str) -> tuple[str, str] | None:
        """Use the state up, and return (firm id, verifier). None unless it was begun in this session."""
        given = {"session": _hash(session), "state": _hash(state)}
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_TAKE, given)
        if row is None:
            return None
        firm_id, key_id, nonce, ciphertext = row
        verifier = self._vault.open(Sealed(key_id, nonce, ciphertext), firm_id, _VERIFIER)
        return firm_id, verifier.decode()


def _hash(presented: str) -> bytes:
    return hashlib.sha256(presented[:_MAX_PRESENTED].encode("utf-8", "replace")).digest()
