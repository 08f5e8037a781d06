"""The limit of `case-import`: `python -m tests.benchmarks.bare.case_import JOB` imports a firm's cases.

JOB is JSON: {"url", "token", "search", "page_size"}. A page is fetched, read and written in one transaction,
a raw row and a result row a case. Prints `measured {"seconds"}`.
"""

import json
import os
import sys
import time
from typing import Any

import httpx2
import psycopg

TABLES = """
create table bench_cases (
    id text primary key, number text, type text, status text, modified timestamptz, raw jsonb
);
create table bench_results (run_id bigint, id text, outcome text, primary key (run_id, id))
"""
CASE = """
insert into bench_cases (id, number, type, status, modified, raw) values (%s, %s, %s, %s, %s, %s)
on conflict (id) do update set number = excluded.number, type = excluded.type, status = excluded.status,
                               modified = excluded.modified, raw = excluded.raw
"""
RESULT = """
insert into bench_results (run_id, id, outcome) values (1, %s, %s)
on conflict (run_id, id) do update set outcome = excluded.outcome
"""


def main(job: dict[str, Any]) -> None:
    """Import page by page until one is empty."""
    headers = {"Authorization": f"Bearer {job['token']}"}
    with (
        psycopg.connect(os.environ["BENCH_DATABASE_URL"]) as connection,
        httpx2.Client(trust_env=False, timeout=60, headers=headers) as client,
    ):
        connection.execute(TABLES)
        connection.commit()
        begun = time.perf_counter()
        page = 0
        while rows := fetch(client, job, page):
            store(connection, rows)
            page += 1
        seconds = time.perf_counter() - begun
    print(f"measured {json.dumps({'seconds': seconds})}", flush=True)


def fetch(client: httpx2.Client, job: dict[str, Any], page: int) -> list[dict[str, Any]]:
    """Return the rows of a page."""
    request = {"currentPage": page, "pageSize": job["page_size"]}
    answer = client.post(job["url"], json={**job["search"], "pageRequest": request})
    answer.raise_for_status()
    rows: list[dict[str, Any]] = json.loads(answer.content)["records"]
    return rows


def store(connection: psycopg.Connection[Any], rows: list[dict[str, Any]]) -> None:
    """Write a page in one transaction."""
    cases = [
        (
            str(row["caseID"]),
            row["caseNumber"],
            row["caseType"],
            row["caseStatus"],
            row["modifiedDate"],
            json.dumps(row),
        )
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(CASE, cases)
        cursor.executemany(RESULT, [(case[0], "created") for case in cases])
    connection.commit()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
