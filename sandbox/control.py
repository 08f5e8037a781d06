"""The routes under `/_sandbox/`: what is expected, what was received, and the switches.

| route | does |
|---|---|
| `GET /_sandbox/health` | `{"ready": true}` |
| `GET /_sandbox/expected` | per firm, counts of cases by kind: what an import must find |
| `GET /_sandbox/practice-areas` | the set-up a firm would make in Case Status |
| `GET /_sandbox/setup?firm=` | names and ids of the firm: closed statuses, staff roles, note types |
| `GET /_sandbox/report?notes=0&case=&firm=` | notes and documents received, requests by purpose and outcome |
| `GET/POST /_sandbox/announcements?imported=1` | what Case Status heard; tell it (see `case_status.py`) |
| `GET /_sandbox/routes` | the routes table with its grades |
| `GET/PUT/POST/DELETE /_sandbox/faults` | show, replace, add, clear (see `faults.py`) |
| `GET/PUT /_sandbox/drift?firm=` | cases that change while they are read (see `drift.py`) |
| `GET /_sandbox/cases?firm=&after=&limit=&ids=1&kind=&from=&to=&hidden=1` | the truth |
| `POST /_sandbox/cases?firm=` | creates a case; body: fields that differ from the invented ones |
| `POST /_sandbox/cases/{id}?firm=` | changes it: fields, or an action (see below) |
| `PUT /_sandbox/cases/{id}?firm=&modified=` | stores the body, JSON or not, as the case's row |
| `DELETE /_sandbox/cases/{id}?firm=` | the case vanishes |
| `POST /_sandbox/notes?firm=` | `{"caseID", …}`: writes a note as staff do; fields of a row |
| `POST /_sandbox/notes/{id}?firm=` | edits a note, inserted ones too: text, type's name, the tick to share |
| `DELETE /_sandbox/notes/{id}?firm=` | deletes a note of staff |
| `POST /_sandbox/statuses?firm=` | `{"from", "to"}`: renames a status, moving no dates |
| `POST /_sandbox/documents?firm=&count=&size=&life_s=` | documents uploaded in Case Status, with addresses |
| `POST /_sandbox/documents/{n}?life_s=` | a fresh address for one of them |
| `POST /_sandbox/documents/expire` | lets every address given out so far expire |
| `POST /_sandbox/tokens/expire?firm=` | withdraws every token issued so far |
| `POST /_sandbox/password?firm=` | `{"password"}`: changes the log-in |
| `POST /_sandbox/restart` | `{"down_ms"}`: cuts connections, is gone so long, comes back with all it knew |
| `GET/PUT /_sandbox/oauth` | how the authorization server behaves (see `oauth_options.py`), and its grants |
| `POST /_sandbox/oauth/revoke?firm=` | withdraws what was granted, as a firm's administrator would |

Actions are `{"close": true}`, `{"reopen": true}` (with `"status"`, if not the first stage), `{"touch":
true}`, `{"hidden": true}`; `"bump": false` beside fields leaves the modification date alone.

`firm` is a firm's name; without it the first firm is meant, in reports and `expected` all of them. No token
is needed on loopback; with `control_token` every call carries it in `X-Sandbox-Token`, and from other
machines it is needed in any case.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from sandbox import control_case_status, control_cases, control_documents, control_notes, control_report
from sandbox.answer import Answer, Refusal, error, found
from sandbox.control_request import ControlRequest
from sandbox.dates import MS_PER_S
from sandbox.drift import DriftPlan
from sandbox.faults import UnknownFaultError
from sandbox.lookups import CASE_MANAGER, LEAD_ATTORNEY, MANAGING_ATTORNEY, PARALEGAL, SECOND_ATTORNEY
from sandbox.practice_areas import CLOSED_STATUSES, case_status_setup
from sandbox.routes import ROUTES
from sandbox.world import World

CONTROL_PATH = "/_sandbox/"
LONGEST_DOWN_MS = 600_000
CONTROL_TOKEN_HEADER = b"x-sandbox-token"


class Control:
    """Answers control requests."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._handlers: dict[tuple[str, str], Callable[[ControlRequest], Answer]] = {
            ("GET", "health"): lambda _: found({"ready": True}),
            ("GET", "expected"): control_report.expected,
            ("GET", "report"): control_report.report,
            ("GET", "announcements"): control_case_status.tell,
            ("POST", "announcements"): control_case_status.hear,
            ("GET", "practice-areas"): lambda _: found(case_status_setup()),
            ("GET", "setup"): _setup,
            ("GET", "routes"): lambda _: found([route._asdict() for route in ROUTES]),
            ("GET", "faults"): _faults,
            ("PUT", "faults"): lambda request: _set_faults(request, keep=False),
            ("POST", "faults"): lambda request: _set_faults(request, keep=True),
            ("DELETE", "faults"): _clear_faults,
            ("GET", "drift"): _drift,
            ("PUT", "drift"): _set_drift,
            ("GET", "cases"): control_cases.dump_cases,
            ("POST", "cases"): control_cases.create,
            ("POST", "cases/{id}"): control_cases.change,
            ("PUT", "cases/{id}"): control_cases.put_raw,
            ("DELETE", "cases/{id}"): control_cases.delete,
            ("POST", "notes"): control_notes.write,
            ("POST", "notes/{id}"): control_notes.edit,
            ("DELETE", "notes/{id}"): control_notes.delete,
            ("POST", "statuses"): control_cases.rename_status,
            ("POST", "documents"): control_documents.create,
            ("POST", "documents/{id}"): control_documents.renew,
            ("POST", "documents/expire"): control_documents.expire,
            ("POST", "tokens/expire"): _expire_tokens,
            ("POST", "password"): _set_password,
            ("POST", "restart"): _restart,
            ("GET", "oauth"): _oauth,
            ("PUT", "oauth"): _set_oauth,
            ("POST", "oauth/revoke"): _revoke_grants,
        }

    def answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        """The answer to one control request; errors are `{"message"}`."""
        try:
            self._admit(scope)
            number = 0
            parts = scope["path"].removeprefix(CONTROL_PATH).rstrip("/").split("/")
            if len(parts) == 2 and parts[1].isdecimal():
                number, parts[1] = int(parts[1]), "{id}"
            handler = self._handlers.get((scope["method"], "/".join(parts)))
            if handler is None:
                return error(
                    Refusal(404, f"The sandbox has no control route {scope['method']} {scope['path']}")
                )
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            host = next((value for key, value in scope["headers"] if key == b"host"), b"").decode("latin-1")
            return handler(ControlRequest(self._world, number, query, body, f"http://{host}"))
        except Refusal as refusal:
            return error(refusal)

    def _admit(self, scope: dict[str, Any]) -> None:
        wanted = self._world.options.control_token
        if wanted is None:
            client = scope.get("client")
            if client and not ipaddress.ip_address(client[0]).is_loopback:
                raise Refusal(
                    403, "Start the sandbox with --control-token to use its control routes from elsewhere."
                )
            return
        given = next((value for key, value in scope["headers"] if key == CONTROL_TOKEN_HEADER), b"")
        if not hmac.compare_digest(given, wanted.encode()):
            raise Refusal(403, "X-Sandbox-Token is missing or wrong.")


def _setup(request: ControlRequest) -> Answer:
    lookups = request.firm.lookups
    roles = {
        "lead_attorney": LEAD_ATTORNEY,
        "additional_attorneys": [SECOND_ATTORNEY, MANAGING_ATTORNEY],
        "paralegals": [CASE_MANAGER, PARALEGAL],
    }
    return found(
        {
            "firm": request.firm.name,
            "practice_areas": case_status_setup(),
            "closed_statuses": list(CLOSED_STATUSES),
            "staff_roles": roles,
            "note_types": lookups.note_types,
            "document_categories": lookups.categories,
            "user_id": lookups.service_user.user_id,
        }
    )


def _faults(request: ControlRequest) -> Answer:
    return found({"faults": request.world.faults.as_json()})


def _set_faults(request: ControlRequest, *, keep: bool) -> Answer:
    try:
        request.world.faults.set(request.json(), keep=keep)
    except UnknownFaultError as refused:
        raise Refusal(400, str(refused)) from None
    return _faults(request)


def _clear_faults(request: ControlRequest) -> Answer:
    request.world.faults.clear()
    return _faults(request)


def _drift(request: ControlRequest) -> Answer:
    drift = request.firm.drift
    return found({**drift.plan.as_json(), "rounds": drift.rounds, "changed": sorted(drift.changed)})


def _set_drift(request: ControlRequest) -> Answer:
    fields = request.json_object()
    known = DriftPlan().as_json()
    strange = sorted(set(fields) - set(known))
    if strange or not all(isinstance(v, int) and v >= 0 for v in fields.values() if v is not None):
        raise Refusal(400, f"drift takes whole numbers from 0 named {', '.join(known)}")
    request.firm.drift.plan = DriftPlan(**fields)
    return _drift(request)


def _expire_tokens(request: ControlRequest) -> Answer:
    for firm in request.firms:
        request.world.tokens.expire_all(firm.name)
    return found({"expired": [firm.name for firm in request.firms]})


def _restart(request: ControlRequest) -> Answer:
    down_ms = request.json_object().get("down_ms", 0)
    if type(down_ms) is not int or not 0 <= down_ms <= LONGEST_DOWN_MS:
        raise Refusal(400, f"down_ms is a whole number from 0 to {LONGEST_DOWN_MS}")
    if request.world.restart is None:
        raise Refusal(409, "Only a sandbox that is a process of its own can be restarted: python -m sandbox.")
    request.world.restart(down_ms / MS_PER_S)
    return found({"down_ms": down_ms})


def _oauth(request: ControlRequest) -> Answer:
    return found(request.world.oauth.as_json())


def _set_oauth(request: ControlRequest) -> Answer:
    try:
        request.world.oauth.options = request.world.oauth.options.changed(request.json_object())
    except ValueError as refused:
        raise Refusal(400, str(refused)) from None
    return _oauth(request)


def _revoke_grants(request: ControlRequest) -> Answer:
    request.world.oauth.revoke_all([firm.name for firm in request.firms])
    return _oauth(request)


def _set_password(request: ControlRequest) -> Answer:
    password = request.json_object().get("password")
    if not isinstance(password, str):
        raise Refusal(400, "password must be text")
    request.firm.password = password
    return found({"firm": request.firm.name})
