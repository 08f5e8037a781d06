"""Questions to a database: how many rows, and how fast they came."""

from typing import LiteralString

import psycopg
from psycopg import sql

_BY_BEGINNING = """
with batch as (
    select {instant} as instant, count(*) as rows from {table} where {instant} is not null group by 1
)
select sum(rows) filter (where instant < (select max(instant) from batch))
       / extract(epoch from max(instant) - min(instant))
from batch
"""
_BY_END = """
with batch as (
    select {instant} as instant, count(*) as rows from {table} where {instant} is not null group by 1
)
select sum(rows) filter (where instant > (select min(instant) from batch))
       / extract(epoch from max(instant) - min(instant))
from batch
"""


def count(url: str, query: LiteralString) -> int:
    """Return the one number that a query answers."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


def rate_by_beginning(url: str, table: str, instant: str) -> float:
    """Return rows a second where `instant` is when a batch began: all but the last, in the time between."""
    return _rate(url, _BY_BEGINNING, table, instant)


def rate_by_end(url: str, table: str, instant: str) -> float:
    """Return rows a second where `instant` is when a batch ended: all but the first, in the time between."""
    return _rate(url, _BY_END, table, instant)


def _rate(url: str, query: LiteralString, table: str, instant: str) -> float:
    names = {"table": sql.Identifier(table), "instant": sql.Identifier(instant)}
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(sql.SQL(query).format(**names)).fetchone()
        assert row is not None
        return float(row[0])
