"""The SmartAdvocates that the contract suite runs over: the fake, and the real client against the sandbox."""

import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from enum import Enum, auto
from typing import Protocol

from adapters.http.client import open_http_client
from adapters.smartadvocate.auth import PasswordLogIn
from adapters.smartadvocate.caller import Caller as FirmCaller
from adapters.smartadvocate.client import SmartAdvocate
from core.case import UnreadableCase
from core.credentials import PasswordCredentials
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
)
from core.firm import Firm
from core.ports.admission import DEFAULT_PAUSE
from core.ports.case_management import CaseManagement
from core.usecases.keep_tokens import StoredTokens
from sandbox.server import SandboxServer
from tests.fakes import FakeCaseManagement, FakeClock, FakeConnections
from tests.fakes.faults import AfterStoring, Before
from tests.fakes.samples import NOON, a_firm, a_source_case
from tests.loopback import loopback
from tests.sandbox.caller import Caller
from tests.system_clock import SystemClock

PAUSE = timedelta(seconds=7)
CASES = 47
PAGE_SIZE = 10
FILE_LIMIT = 1_000_000


class Trouble(Enum):
    """What the next call meets."""

    TOO_MANY_REQUESTS = auto()  # with Retry-After
    TOO_MANY_WITHOUT_A_TIME = auto()
    UNAVAILABLE = auto()
    FORBIDDEN = auto()
    REFUSED_CONTENT = auto()
    LOST_AFTER_STORING = auto()
    EMPTY_AFTER_STORING = auto()


class Subject(Protocol):
    """A client and the hands to arrange what it meets."""

    client: CaseManagement
    firm: Firm

    def ids(self) -> list[str]:
        """Return the ids of the cases that the account may see."""
        ...

    def touch(self, case_id: str) -> None:
        """Let the case change: its time of modification becomes the server's now."""
        ...

    def close_case(self, case_id: str) -> None:
        """Close it in SmartAdvocate."""
        ...

    def hide(self, case_id: str) -> None:
        """Take it from the account's sight."""
        ...

    def spoil(self) -> str:
        """Make one row of the search unreadable; its id."""
        ...

    def trouble(self, method: str, trouble: Trouble) -> None:
        """Let the next call of `method` meet it, once."""
        ...

    def reject_log_ins(self) -> None:
        """From now on the firm's log-in is refused, and its tokens are worth nothing."""
        ...

    def stored(self, case_id: str) -> list[str]:
        """Return the marks of the notes that were stored through the client, oldest first."""
        ...

    def note_type_id(self, name: str) -> str:
        """Return the id by which the firm's SmartAdvocate knows this note type."""
        ...

    def uploaded(self, case_id: str) -> list[tuple[str, str, str]]:
        """Return name, mark and SHA-256 of the documents that were stored, oldest first."""
        ...

    def limit_files(self) -> int:
        """Let no larger file be taken than the returned number of bytes says."""
        ...


_ERRORS: dict[Trouble, CasebridgeError] = {
    Trouble.TOO_MANY_REQUESTS: RateLimitedError("pause", retry_after=PAUSE),
    Trouble.TOO_MANY_WITHOUT_A_TIME: RateLimitedError("pause", retry_after=DEFAULT_PAUSE),
    Trouble.UNAVAILABLE: TransientError("busy"),
    Trouble.FORBIDDEN: PermissionMissingError("the account may not do this"),
    Trouble.REFUSED_CONTENT: RejectedBySmartAdvocateError("the content was refused"),
}


class InMemory:
    """The fake."""

    def __init__(self) -> None:
        self._clock = FakeClock()
        self._fake = FakeCaseManagement(self._clock)
        self.client: CaseManagement = self._fake
        self.firm = a_firm(page_size=PAGE_SIZE)
        for n in range(CASES):
            case = a_source_case(str(300_001 + n), modified_at=NOON - timedelta(days=n))
            self._fake.put_case(self.firm.firm_id, case)
        self._fake.note_types = {"Case": "51", "Plaintiff": "52", "eMail": "54"}

    def ids(self) -> list[str]:
        return [str(300_001 + n) for n in range(CASES)]

    def touch(self, case_id: str) -> None:
        self._clock.advance(timedelta(seconds=1))
        self._fake.change_case(self.firm.firm_id, case_id)

    def close_case(self, case_id: str) -> None:
        self._fake.change_case(self.firm.firm_id, case_id, status="Closed", closed_at=NOON)

    def hide(self, case_id: str) -> None:
        self._fake.hidden.add((self.firm.firm_id, case_id))

    def spoil(self) -> str:
        self._fake.put_unreadable(self.firm.firm_id, UnreadableCase("999999", "no list"), NOON)
        return "999999"

    def trouble(self, method: str, trouble: Trouble) -> None:
        if trouble in {Trouble.LOST_AFTER_STORING, Trouble.EMPTY_AFTER_STORING}:
            self._fake.faults.add(method, AfterStoring())
        elif trouble is Trouble.UNAVAILABLE and method in {"insert_note", "upload_document"}:
            self._fake.faults.add(method, Before(AnswerLostError("a 5xx")))
        else:
            self._fake.faults.add(method, Before(_ERRORS[trouble]))

    def reject_log_ins(self) -> None:
        self._fake.rejected.add(self.firm.firm_id)

    def stored(self, case_id: str) -> list[str]:
        return self._fake.marks(self.firm.firm_id, case_id)

    def note_type_id(self, name: str) -> str:
        return self._fake.note_types[name]

    def uploaded(self, case_id: str) -> list[tuple[str, str, str]]:
        return [
            (u.draft.file_name, u.draft.mark, u.sha256)
            for u in self._fake.uploaded
            if u.integration_id == case_id
        ]

    def limit_files(self) -> int:
        self._fake.size_limit = FILE_LIMIT
        return FILE_LIMIT


_PURPOSES = {
    "search_cases": "search-cases",
    "case_by_id": "case-by-id",
    "case_by_number": "case-by-number",
    "notes": "list-notes",
    "insert_note": "insert-note",
    "note_type": "note-types",
    "documents": "list-documents",
    "document_category": "document-categories",
    "upload_document": "upload-document",
}


class OverHttp:
    """The real client, one firm of the sandbox."""

    def __init__(self, client: SmartAdvocate, caller: Caller) -> None:
        self.client: CaseManagement = client
        self._caller = caller
        self.firm = a_firm(caller.firm, base_url=caller.server.base_url, page_size=PAGE_SIZE)

    def ids(self) -> list[str]:
        return [str(row["caseID"]) for row in self._caller.truth()]

    def touch(self, case_id: str) -> None:
        self._change(case_id, touch=True)

    def close_case(self, case_id: str) -> None:
        self._change(case_id, close=True)

    def hide(self, case_id: str) -> None:
        self._change(case_id, hidden=True)

    def spoil(self) -> str:
        case_id = self.ids()[0]
        row = {"caseID": int(case_id), "caseNumber": "24-1", "plaintiffs": "no list"}
        row["modifiedDate"] = "2026-11-01T00:00:00Z"
        answer = self._caller.control.put(
            f"cases/{case_id}", params={"modified": "2026-11-01T00:00:00Z"}, json=row
        )
        assert answer.status_code == 200, answer.text
        return case_id

    def trouble(self, method: str, trouble: Trouble) -> None:
        name, more = {
            Trouble.TOO_MANY_REQUESTS: ("too_many_requests", {"retry_after": PAUSE.seconds}),
            Trouble.TOO_MANY_WITHOUT_A_TIME: ("too_many_requests", {}),
            Trouble.UNAVAILABLE: ("server_error", {"status": 503}),
            Trouble.FORBIDDEN: ("forbidden", {}),
            Trouble.REFUSED_CONTENT: ("server_error", {"status": 422}),
            Trouble.LOST_AFTER_STORING: ("store_then_reset", {}),
            Trouble.EMPTY_AFTER_STORING: ("empty_200", {}),
        }[trouble]
        # The client meets a 403 once more after a fresh log-in before it believes it.
        times = 2 if trouble is Trouble.FORBIDDEN else 1
        self._caller.fault(name, purpose=_PURPOSES[method], times=times, **more)

    def reject_log_ins(self) -> None:
        answer = self._caller.control.post("password", json={"password": "changed"})
        assert answer.status_code == 200, answer.text
        self._caller.control.post("tokens/expire")

    def stored(self, case_id: str) -> list[str]:
        lines = [note["mark"] for note in self._caller.notes_of(int(case_id))]  # the last line of each
        return [line.removeprefix("Reference: ") for line in lines]

    def note_type_id(self, name: str) -> str:
        return str(self._caller.control.get("setup").json()["note_types"][name])

    def break_list(self, purpose: str, status: int) -> None:
        """Let a list be out of order for good."""
        self._caller.fault("server_error", purpose=purpose, status=status)

    def case_with_note(self, type_name: str) -> tuple[str, str]:
        """Return a case that has a seeded note of this type, and the type's id."""
        for case_id in self.ids():
            for row in self._caller.api.get(f"case/{case_id}/notes").json():
                if row["noteTypeName"] == type_name:
                    return case_id, str(row["noteTypeID"])
        raise AssertionError(f"no case has a note of type {type_name}")

    def uploaded(self, case_id: str) -> list[tuple[str, str, str]]:
        rows = self._caller.report(case=case_id)["documents"][self._caller.firm].get(case_id, [])
        return [(row["name"], row["mark"].removeprefix("Reference: "), row["sha256"]) for row in rows]

    def limit_files(self) -> int:
        return FILE_LIMIT

    def _change(self, case_id: str, **fields: bool) -> None:
        answer = self._caller.control.post(f"cases/{case_id}", json=fields)
        assert answer.status_code == 200, answer.text


@contextmanager
def over_http(server: SandboxServer, firm: str) -> Iterator[OverHttp]:
    """Log a client of its own in to one firm of the sandbox."""
    clock = SystemClock()
    connections = FakeConnections(clock)
    connections.put(firm, server.base_url, PasswordCredentials(firm, "sandbox"))
    # A bare context: loading the machine's certificates takes longer than most tests here.
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    hosts = {"127.0.0.1"}
    with open_http_client(loopback(), tls=tls) as http, closing(Caller(server, firm)) as caller:
        log_in = PasswordLogIn(http, clock, allow_http_hosts=hosts)
        tokens = StoredTokens(connections, {PasswordCredentials: log_in})
        yield OverHttp(SmartAdvocate(FirmCaller(http, tokens, clock, allow_http_hosts=hosts)), caller)
