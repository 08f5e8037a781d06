"""`pages` and `pages-p95`: how fast each page and each list of the API answers over a large database."""

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

import httpx2
import psycopg
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adapters.postgres.store.pool import connection_arguments
from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Role
from core.person import Person
from tests.benchmarks.asked import Statement, fetch, noted
from tests.benchmarks.bench import Bench, Service
from tests.benchmarks.figure import Figure, Round, must_be
from tests.matrix.routes import asking
from tests.servers import free_port
from tests.size.filled import FULL as FULL_SIZE
from tests.size.filled import Size, fill

NAME: Final = "pages"
NAME_P95: Final = "pages-p95"
BAR: Final = 0.1
BAR_P95: Final = 1.0
P95_MS: Final = 300.0
KEY: Final = "a-key-of-the-benchmark"
_GRANTED: Final = f"bench:{KEY}:look+change+operate+manage:*"
_LEFT_OUT: Final = (
    "/v1/changes",
    "/metrics",
    "/livez",
    "/readyz",
    "/openapi.json",
    "/docs",
    "/assets",
    "/favicon.ico",
)
"""No pages: a stream without an end, what machines ask, and files."""
_OF_STRANGERS: Final = ("/sign-in", "/connect", "/oauth")
_NOTHING: Final = {"/", "/v1/look-up"}
# They need words of somebody's, or ask SmartAdvocate.
_ELSEWHERE: Final = ("/mapping/stages", "/why-not-here", "/reset-estimate")
"""What leads on, is a visitor's, or wants to be asked something."""

FILTERED: Final = (
    "/firms?by=problems",
    "/firms?q=adam",
    "/firms/{firm_id}/mapping/stages?area=Auto",
    "/firms/{firm_id}/cases?q=R-1",
    "/firms/{firm_id}/cases?q=Baker1",
    "/firms/{firm_id}/cases?closed=no",
    "/firms/{firm_id}/cases?q=Baker",
    "/firms/{firm_id}/cases?q=Eva+Baker7",
    "/firms/{firm_id}/cases?q={case_id}",
    "/firms/{firm_id}/cases/total?q=R-1",
    "/firms/{firm_id}/cases/total?q=Baker1",
    "/firms/{firm_id}/find?q=R-5",
    "/firms/{firm_id}/find?q=Baker1",
    "/firms/{firm_id}/find?q={case_id}",
    "/look-up?id={case_id}",
    "/look-up?id=m-17",
    "/look-up?id=nobody",
    "/firms/{firm_id}/runs/{run_id}?outcome=skipped",
    "/deliveries?state=failed",
    "/deliveries?firm={firm_id}",
    "/deliveries?reason=permission_missing",
    "/deliveries?case={case_id}",
    "/deliveries/count?state=held",
    "/deliveries/count",
    "/audit?firm={firm_id}",
    "/announcements?firm={firm_id}",
    "/announcements?firm={firm_id}&case={case_id}",
    "/announcements?firm={firm_id}&kind=message-synced",
    "/rejected-events?reason=malformed",
    "/api-keys?all=1",
    "/api-keys?q=KEY+7",
    "/v1/deliveries?firm_id={firm_id}",
    "/v1/deliveries?state=held",
    "/v1/runs?firm_id={firm_id}",
    "/v1/audit?firm_id={firm_id}",
    "/v1/issues?firm_id={firm_id}",
    "/v1/announcements?firm_id={firm_id}",
    "/v1/look-up?id={case_id}",
    "/v1/look-up?id=m-17",
    "/v1/look-up?id=nobody",
    "/v1/firms/{firm_id}/why-not-here?case=R-5",
    "/v1/firms/{firm_id}/why-not-here?case=Baker1",
)
"""What people look for beside the first page of everything."""

_LARGEST: Final[LiteralString] = """
select firm_id, min(integration_id),
       (select max(run_id) from runs where runs.firm_id = cases.firm_id and state <> 'waiting'),
       (select max(delivery_id) from deliveries where deliveries.firm_id = cases.firm_id),
       (select max(number) from probe_results
        where probe_results.firm_id = cases.firm_id and kind = 'verification'),
       (select max(row_id) from outbox where outbox.firm_id = cases.firm_id and place is not null),
       (select max(day)::text from exception_reports where exception_reports.firm_id = cases.firm_id)
from cases group by firm_id order by count(*) desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How often each page is asked for, in so many rounds, over a database of a size.

    Before them it is asked for `warm_ups` times: what is new is compiled, and its plans are made.
    """

    size: Size
    times: int
    rounds: int
    warm_ups: int


FULL = Sizes(FULL_SIZE, times=15, rounds=3, warm_ups=1)
QUICK = Sizes(Size(firms=100, cases=600, deliveries=1_500), times=1, rounds=1, warm_ups=0)


@dataclass(slots=True)
class Page:
    """One address: the statements behind it, and how long it took, in milliseconds."""

    path: str
    statements: Sequence[Statement]
    took_ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)

    @property
    def p95_ms(self) -> float:
        return (
            statistics.quantiles(self.took_ms, n=20, method="inclusive")[18]
            if len(self.took_ms) > 1
            else self.took_ms[0]
        )

    def __str__(self) -> str:
        middle, bare = statistics.median(self.took_ms), statistics.median(self.bare_ms)
        return f"{self.path} {middle:.0f}/{self.p95_ms:.0f} ms (bare {bare:.1f})"


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Ask a `casebridge web` for each page in turn; limit: the rows of each by bare psycopg."""
    pages, rounds = _measured(bench, sizes)
    return Figure(
        NAME,
        "pages/s",
        tuple(Round(1000 / ours, 1000 / bare) for ours, bare, _ in rounds),
        BAR,
        f"{len(pages)} pages and lists in turn, one client; {_detail(sizes, pages)}; "
        "limit: what each asks Postgres for, by bare psycopg",
        counts=_counts(pages),
    )


def measure_p95(bench: Bench, sizes: Sizes) -> Figure:
    """Return the slowest page's 95th percentile beside what is allowed."""
    pages, rounds = _measured(bench, sizes)
    return Figure(
        NAME_P95,
        "ms",
        tuple(Round(slowest, P95_MS) for _, _, slowest in rounds),
        BAR_P95,
        f"95th percentile of the slowest of {len(pages)} pages and lists; {_detail(sizes, pages)}; "
        "limit: what is allowed",
        at_most=True,
        counts=_counts(pages),
    )


def _detail(sizes: Sizes, pages: Sequence[Page]) -> str:
    each = ", ".join(str(page) for page in sorted(pages, key=lambda page: -page.p95_ms))
    size = sizes.size
    return (
        f"{size.cases} cases, {size.deliveries} deliveries, {size.firms} firms, all asked about the largest; "
        f"median/95th percentile of each: {each}"
    )


def _counts(pages: Sequence[Page]) -> Mapping[str, int]:
    return {"pages": len(pages), "slower than 300 ms": sum(page.p95_ms > P95_MS for page in pages)}


def _measured(bench: Bench, sizes: Sizes) -> tuple[Sequence[Page], Sequence[tuple[float, float, float]]]:
    """Return the pages; and of each round the mean page, its bare rows, and the slowest p95, in ms.

    Measured once for both figures: filling the database takes longer.
    """
    if (NAME, sizes) not in bench.kept:
        bench.kept[NAME, sizes] = _measure_once(bench, sizes)
    pages, rounds = bench.kept[NAME, sizes]
    return pages, rounds


def _measure_once(bench: Bench, sizes: Sizes) -> tuple[Sequence[Page], Sequence[tuple[float, float, float]]]:
    with _filled(bench, sizes.size) as service, _site(service) as (client, pages):
        rounds = []
        with psycopg.connect("", **connection_arguments(service.database_url, "bench-bare")) as bare:
            for _ in range(sizes.warm_ups):
                for page in pages:
                    _ask(client, page.path)
                    fetch(bare, page.statements)
            for _ in range(sizes.rounds):
                of_round = [Page(page.path, page.statements) for page in pages]
                for _ in range(sizes.times):
                    for page in of_round:
                        page.took_ms.append(_ask(client, page.path))
                        page.bare_ms.append(fetch(bare, page.statements) * 1000)
                for page, measured in zip(pages, of_round, strict=True):
                    page.took_ms += measured.took_ms
                    page.bare_ms += measured.bare_ms
                ours = statistics.mean(statistics.median(page.took_ms) for page in of_round)
                theirs = statistics.mean(statistics.median(page.bare_ms) for page in of_round)
                rounds.append((ours, theirs, max(page.p95_ms for page in of_round)))
        return pages, rounds


@contextmanager
def _filled(bench: Bench, size: Size) -> Iterator[Service]:
    with bench.service() as service:
        fill(service.database_url, size)
        yield service


@contextmanager
def _site(service: Service) -> Iterator[tuple[httpx2.Client, Sequence[Page]]]:
    """Give a browser that is signed in at a web process, with an API key too, and all pages."""
    port = free_port()
    web = service.start(
        "web",
        environment={
            "CASEBRIDGE_WEB_PORT": str(port),
            "CASEBRIDGE_API_KEYS": _GRANTED,
            "CASEBRIDGE_API_REQUESTS_PER_S": "10000",
        },
    )
    web.wait_for_line("web_ready")
    manager = Person("max", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
    link = service.application.desk.sign_in.new_link(SYSTEM, manager)
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{port}", trust_env=False, headers=headers, timeout=60
    ) as client:
        must_be("signed in", client.post("/sign-in/" + link.rpartition("/")[2]).status_code, 303)
        yield client, _pages(service, dict(client.cookies))
    service.end(web)


def _pages(service: Service, cookies: Mapping[str, str]) -> Sequence[Page]:
    """Ask for each page once in this process, and note what it asks Postgres for."""
    keys = ApiKeys(
        [(Actor("bench", Role.SERVICE, ALL_FIRMS, frozenset(Power)), KEY)],
        service.application.desk.identify_program,
    )
    app = create_app(service.application.desk, keys, {}, secure=False)
    client = TestClient(app, headers={"accept": "text/html"}, cookies=dict(cookies), follow_redirects=False)
    pages = []
    for path in _paths(app, service.database_url):
        with noted() as statements:
            answer = client.get(path, headers=_headers(path))
        must_be(f"the answer of {path}", answer.status_code, 200)
        pages.append(Page(path, statements))
    return pages


def _paths(app: FastAPI, database_url: str) -> Iterator[str]:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(_LARGEST).fetchone()
    assert row is not None
    firm_id, case_id, run_id, delivery_id, verification_id, announcement_id, day = row
    values: dict[str, Any] = {
        "firm_id": firm_id,
        "case_id": case_id,
        "integration_id": case_id,
        "run_id": run_id,
        "delivery_id": delivery_id,
        "number": verification_id,
        "verification_id": verification_id,
        "announcement_id": announcement_id,
        "event_id": 7,
        "day": day,
        "position": 1,
        "stage": 0,
        "bulk_id": 8,
        "key_id": 7,
        "version": 1,
        "session_id": 7,
        "area": 0,
        "kind": "mapping",
        "name": "x",
        "digest": "x",
        "link": "x",
    }
    texts = {name: str(value) for name, value in values.items()}
    for one in asking(app, texts):
        is_left_out = one.path.startswith((*_LEFT_OUT, *_OF_STRANGERS)) or one.path.endswith("results.csv")
        asks = one.path not in _NOTHING and not one.path.endswith(_ELSEWHERE)
        if one.method == "GET" and asks and not is_left_out:
            yield one.path
    for path in FILTERED:
        yield path.format(**texts)


def _ask(client: httpx2.Client, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path, headers=_headers(path))
    took = time.perf_counter() - begun
    must_be(f"the answer of {path}", answer.status_code, 200)
    return took * 1000


def _headers(path: str) -> dict[str, str]:
    return {"authorization": f"Bearer {KEY}"} if path.startswith("/v1") else {}
