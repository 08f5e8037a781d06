"""The browser that tests drive: a named one, one that is installed, or the distribution's Chromium."""

import os
import shutil
from collections.abc import Callable, Mapping

from tests.servers.packages import NotInstalledError, install_chromium, one_session_at_a_time

CHROMIUM = "CASEBRIDGE_TEST_CHROMIUM"
# As root Chromium's own sandbox cannot be had; pages here are ours alone.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome")


class NoBrowserError(Exception):
    """No browser can be had on this machine; the message says what was tried, and what would do."""


def found_chromium(say: Callable[[str], None], environ: Mapping[str, str] = os.environ) -> str:
    """Return the path of a Chromium; on Debian as root it is installed where there is none."""
    if named := environ.get(CHROMIUM):
        return named
    if found := _installed():
        return found
    try:
        with one_session_at_a_time("casebridge-tests-install"):
            if not _installed():  # else another session of these tests was quicker
                install_chromium(say)
    except NotInstalledError as error:
        raise NoBrowserError(
            f"no Chromium on this machine: {error}. Install it, or name it in {CHROMIUM}"
        ) from None
    found = _installed()
    if found is None:
        raise NoBrowserError(f"the package chromium brought no program; name one in {CHROMIUM}")
    return found


def _installed() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)
