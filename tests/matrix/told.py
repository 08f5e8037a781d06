"""What is wrong with how an error is told: to people on a page, to programs as a problem (RFC 9457)."""

import re
from collections.abc import Iterator
from typing import Final

import httpx2

from tests.matrix.every_page import NOBODY
from tests.pages.tree import tree_of

SECRET: Final = "what a client wrote"


def faults_of_page(
    answer: httpx2.Response, status: int, *, who: str = NOBODY, is_before_all: bool = False
) -> Iterator[str]:
    """Yield what is wrong with a page that tells of an error."""
    if answer.status_code != status:
        yield f"answers {answer.status_code}, not {status}"
        return
    if not answer.headers["content-type"].startswith("text/html"):
        yield f"is {answer.headers['content-type']}"
        return
    root = tree_of(answer.text)
    [content] = root.all("main")
    if [len(heading.words) > 5 for heading in content.all("h1")] != [True]:
        yield "no heading that says what happened"
    if not [node for node in content.all("p") if node.words.endswith(".") and len(node.words) > 15]:
        yield "no next step"
    if not [link for link in content.all("a") if link.get("href").startswith("/")]:
        yield "no way on"
    if f"Answer {status}" not in content.words:
        yield "no status"
    if who != NOBODY and not is_before_all and len(root.all("nav")) < 2:
        yield "no navigation"
    if (
        re.search(r"Traceback|File &quot;|\.py\b|Error\b|SELECT|psycopg", answer.text)
        or SECRET in answer.text
    ):
        yield "tells of the inside"
    headers = answer.headers
    if headers.get("cache-control") != "no-store" or headers.get("x-content-type-options") != "nosniff":
        yield "may be kept"
    if "default-src 'none'" not in headers.get("content-security-policy", ""):
        yield "has no policy"


def faults_of_problem(answer: httpx2.Response, status: int) -> Iterator[str]:
    """Yield what is wrong with a problem."""
    if answer.status_code != status or answer.headers["content-type"] != "application/problem+json":
        yield f"answers {answer.status_code} as {answer.headers.get('content-type')}, not {status}"
        return
    told = answer.json()
    if told["status"] != status or not all(
        told.get(name) for name in ("type", "title", "detail", "reason", "next_step")
    ):
        yield f"says {told}"
    if SECRET in answer.text or "Traceback" in answer.text:
        yield "tells of the inside"
    if answer.headers.get("cache-control") != "no-store" or "content-security-policy" not in answer.headers:
        yield "may be kept"
