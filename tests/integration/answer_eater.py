"""A process with all that a worker has loaded: it reads hostile answers, and tells its peak.

Its arguments are the address of a SmartAdvocate, and what to read there, one answer each, and each in a
thread of its own that stays. It writes a line of JSON for each: the highest resident memory of this process
so far, in MiB, and what came of the answer.
"""

import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from adapters.http.client import open_http_client
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.client import SmartAdvocate
from bootstrap import processes, values
from bootstrap.application import Application
from bootstrap.settings import Settings
from core.errors import CasebridgeError
from core.firm import Firm
from tests.fakes.clock import FakeClock
from tests.fakes.tokens import FakeTokens
from tests.loopback import loopback
from tests.memory import peak_mib

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def main(base_url: str, kinds: list[str]) -> None:
    """Read them."""
    firm = Firm("north", "North", base_url=base_url)
    with processes._process(Application(Settings())), open_http_client(loopback()) as http:
        client = SmartAdvocate(
            Caller(http, FakeTokens(), FakeClock(), limits=values.call_limits(Settings(call_limit_s=120)))
        )
        reads: dict[str, Callable[[int], object]] = {
            "search": lambda n: client.search_cases(firm, NOON, NOON, n).rows,
            "notes": lambda n: client.notes(firm, str(n + 1)),
            "documents": lambda n: client.documents(firm, str(n + 1)),
            "case": lambda n: client.case_by_id(firm, str(n + 1)),
        }
        print(json.dumps({"before": int(peak_mib())}), flush=True)
        over = threading.Event()

        def read(number: int, kind: str, done: threading.Event) -> None:
            try:
                found = reads[kind](number)
                said = f"{len(found)} rows" if isinstance(found, list | tuple) else "read"
                del found
            except CasebridgeError as error:
                said = str(error)
            told = {"answer": number, "as": kind, "peak": int(peak_mib()), "said": said}
            print(json.dumps(told), flush=True)
            done.set()
            over.wait()

        for number, kind in enumerate(kinds):
            done = threading.Event()
            threading.Thread(target=read, args=(number, kind, done), daemon=True).start()
            done.wait()
        over.set()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
