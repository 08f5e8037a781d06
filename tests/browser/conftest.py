"""A real browser, once a session, and the pages over fakes in a thread."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from tests.browser.firm import busy_firm
from tests.conftest import MISSING, SERVER_NOTES
from tests.fakes.service import FakeService
from tests.pages.site import ADMIN
from tests.servers.browsers import CHROMIUM_ARGUMENTS, NoBrowserError, found_chromium

LONGEST_MS = 60_000  # for whatever is waited for, on a busy machine


@dataclass
class Shown:
    """A firm's service, and where its pages are."""

    service: FakeService
    url: str


@pytest.fixture(scope="package")
def browser(pytestconfig: pytest.Config, say: Callable[[str], None]) -> Iterator[Browser]:
    """Chromium. Where none can be had the test is skipped, and with CI=true it fails.

    It ends with the last test that is in a browser: until then an event loop runs in the tests' own thread.
    """
    notes = pytestconfig.stash[SERVER_NOTES]
    try:
        program = found_chromium(say)
    except NoBrowserError as error:
        notes["Chromium"] = f"{MISSING}: browser tests did NOT run. {error}"
        if os.environ.get("CI", "").lower() in {"true", "1"}:
            pytest.fail(f"no browser, and CI demands one: {error}", pytrace=False)
        pytest.skip(f"no browser: {error}")
    notes["Chromium"] = program
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program, args=CHROMIUM_ARGUMENTS, timeout=LONGEST_MS
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    """A firm with something of everything; the tests of a module share it."""
    service = busy_firm()
    app = create_app(service.desk, ApiKeys([]), {}, secure=False, who=lambda _: ADMIN)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield Shown(service, f"http://127.0.0.1:{listening.getsockname()[1]}/firms/north")
    server.should_exit = True
    thread.join(30)
    listening.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Opens a page of a fresh browser; what any of them complains of fails the test."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def opened() -> Page:
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            stack.callback(context.close)
            context.set_default_timeout(LONGEST_MS)
            page = context.new_page()
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield opened
    assert not complaints, "among them is what the content security policy refused"


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    """A page of a fresh browser; what it complains of fails the test."""
    return new_page()
