"""Why no connection came about: in words of ours, from the library's text, which quotes nothing stored.

It may name users and programs of the server; said are host, port and the database's name alone, which stand
in the URL, too.
"""

import re
from typing import Final

import psycopg

_MOST_SERVERS: Final = 3
_MOST_NAME: Final = 100  # characters
_FAILED: Final = re.compile(
    r'server (?:at|on socket) "([^"\n]{1,200})"(?: \([^)\n]{1,60}\))?'
    r"(?:, port ([0-9]{1,5}))? failed: ([^\n]*)"
)
_NAMELESS: Final = re.compile(r"failed to resolve host '([^'\n]{1,200})'")
_NO_DATABASE: Final = re.compile(r'database "(.*)" does not exist')
_WHY: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        ("startup parameter", "a pooler that takes no settings (CASEBRIDGE_DIRECT_DATABASE_URL) stands at"),
        ("password|authentication failed|role .* does not exist", "user or password is not accepted by"),
        ("pg_hba", "no line of pg_hba.conf lets this machine, user and database in at"),
        ("too many|remaining connection slots", "no connection is left at"),
        ("starting up|shutting down|recovery|not (?:yet )?accepting|not currently accepting", "not ready is"),
        ("refused|no such file", "nothing listens at"),
        ("ssl|certificate|tls", "no agreement on TLS is found with"),
        ("time", "no answer in time came from"),
        ("no route|unreachable", "no way leads to"),
        ("invalid response|expected authentication|unexpected|closed", "no PostgreSQL answers at"),
    )
)


def why_away(error: psycopg.Error) -> str:
    """Return what is known of servers that no connection came about to, "" where nothing is."""
    text = str(error)
    if (unknown := _NAMELESS.search(text)) is not None:
        return f"no machine is called {unknown[1]!r}"
    found = dict.fromkeys(_reason(*failed) for failed in _FAILED.findall(text))
    return "; ".join(list(found)[:_MOST_SERVERS])


def _reason(host: str, port: str, said: str) -> str:
    server = f"{host}:{port}" if port else host
    if (missing := _NO_DATABASE.search(said)) is not None:
        return f"there is no database {missing[1][:_MOST_NAME]!r} at {server}"
    known = (words for pattern, words in _WHY if pattern.search(said))
    return f"{next(known, 'no connection came about to')} {server}"
