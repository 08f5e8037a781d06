"""The routes under `/_sandbox/`: what is expected, what was received, and the switches.

| route | does |
|---|---|
| `GET /_sandbox/` | a page for people: break SmartAdvocate, mend it, see what came (see `switch_page.py`) |
| `GET /_sandbox/expected` | per firm, counts of cases by kind: what an import must find |
| `GET /_sandbox/practice-areas` | the set-up a firm would make in Case Status |
| `GET /_sandbox/setup?firm=` | names and ids of the firm: closed statuses, staff roles, note types |
| `GET /_sandbox/report?notes=0&case=&firm=` | notes and documents received, requests by purpose and outcome |
| `GET/POST /_sandbox/announcements?imported=1` | what Case Status heard; tell it (see `case_status.py`) |
| `GET/PUT/POST/DELETE /_sandbox/faults` | show, replace, add, clear (see `faults.py`) |
| `GET/PUT /_sandbox/drift?firm=` | cases that change while they are read (see `drift.py`) |
| `GET /_sandbox/cases?firm=&after=&limit=&ids=1&kind=&from=&to=&hidden=1` | the truth |
| `POST /_sandbox/cases?firm=` | opens a case as intake staff do |
| `POST /_sandbox/cases/{id}?firm=` | changes it: fields, or an action (see below) |
| `PUT /_sandbox/cases/{id}?firm=&modified=` | stores the body, JSON or not, as the case's row |
| `DELETE /_sandbox/cases/{id}?firm=` | the case vanishes |
| `POST /_sandbox/notes?firm=` | `{"caseID", …}`: writes a note as staff do; fields of a row |
| `POST /_sandbox/notes/{id}?firm=` | edits a note, inserted ones too: text, type's name, the tick to share |
| `DELETE /_sandbox/notes/{id}?firm=` | deletes a note of staff |
| `POST /_sandbox/documents?firm=&count=&size=&life_s=` | documents uploaded in Case Status, with addresses |
| `POST /_sandbox/documents/{n}?life_s=` | a fresh address for one of them |
| `POST /_sandbox/documents/expire` | lets every address given out so far expire |
| `POST /_sandbox/tokens/expire?firm=` | withdraws every token issued so far |
| `POST /_sandbox/password?firm=` | `{"password"}`: changes the log-in |
| `POST /_sandbox/restart` | `{"down_ms"}`: cuts connections, is gone so long, comes back with all it knew |
| `GET/PUT /_sandbox/oauth` | how the authorization server behaves (see `oauth_options.py`), and its grants |
| `GET/PUT /_sandbox/oidc` | the identity provider: who there is, and in what it is odd (see `oidc.py`) |
| `POST /_sandbox/oauth/revoke?firm=` | withdraws what was granted, as a firm's administrator would |

Actions are `{"advance": true}` (to the next stage of the case's area), `{"close": true}`, `{"reopen": true}`
(with `"status"`, if not the first stage), `{"touch": true}`, `{"hidden": true}`; `"bump": false` beside
fields leaves the modification date alone.

`firm` is a firm's name; without it the first firm is meant, in reports and `expected` all of them. No token
is needed on loopback; with `control_token` every call carries it in `X-Sandbox-Token`, and from other
machines it is needed in any case.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable

from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import case_status_routes, control_cases, control_notes, control_report, oidc_routes, switch_page
from sandbox.answer import Refusal, found
from sandbox.call import Call, ControlCall, Endpoint, Received, the_call
from sandbox.dates import MS_PER_S
from sandbox.drift import DriftPlan
from sandbox.faults import UnknownFaultError
from sandbox.lookups import CASE_MANAGER, LEAD_ATTORNEY, MANAGING_ATTORNEY, PARALEGAL, SECOND_ATTORNEY
from sandbox.practice_areas import CLOSED_STATUSES, case_status_setup
from sandbox.world import World

CONTROL_PATH = "/_sandbox"
LONGEST_DOWN_MS = 600_000
_TOKEN_HEADER = b"x-sandbox-token"


def control(world: World) -> Mount:
    """The control routes of one sandbox; errors are `{"message"}`."""
    handlers: tuple[tuple[str, str, Callable[[ControlCall], Response]], ...] = (
        ("GET", "", switch_page.show),
        ("GET", "received", switch_page.received),
        ("POST", "switch", switch_page.switch),
        ("GET", "expected", control_report.expected),
        ("GET", "report", control_report.report),
        ("GET", "announcements", case_status_routes.tell),
        ("POST", "announcements", case_status_routes.hear),
        ("GET", "practice-areas", lambda _: found(case_status_setup())),
        ("GET", "setup", _setup),
        ("GET", "faults", _faults),
        ("PUT", "faults", lambda call: _set_faults(call, keep=False)),
        ("POST", "faults", lambda call: _set_faults(call, keep=True)),
        ("DELETE", "faults", _clear_faults),
        ("GET", "drift", _drift),
        ("PUT", "drift", _set_drift),
        ("GET", "cases", control_cases.dump_cases),
        ("POST", "cases", control_cases.create),
        ("POST", "cases/{number:int}", control_cases.change),
        ("PUT", "cases/{number:int}", control_cases.put_raw),
        ("DELETE", "cases/{number:int}", control_cases.delete),
        ("POST", "notes", control_notes.write),
        ("POST", "notes/{number:int}", control_notes.edit),
        ("DELETE", "notes/{number:int}", control_notes.delete),
        ("POST", "documents", case_status_routes.create_documents),
        ("POST", "documents/{number:int}", case_status_routes.renew_document),
        ("POST", "documents/expire", case_status_routes.expire_documents),
        ("POST", "tokens/expire", _expire_tokens),
        ("POST", "password", _set_password),
        ("POST", "restart", _restart),
        ("GET", "oauth", _oauth),
        ("PUT", "oauth", _set_oauth),
        ("POST", "oauth/revoke", _revoke_grants),
        ("GET", "oidc", oidc_routes.switch),
        ("PUT", "oidc", oidc_routes.switch),
    )
    return Mount(
        CONTROL_PATH,
        routes=[Route(f"/{path}", Endpoint(handler), methods=[verb]) for verb, path, handler in handlers],
        middleware=[Middleware(Received, world, kind=ControlCall), Middleware(_Door)],
    )


class _Door:
    """Lets in whoever has the control token; without one, this machine alone, and no site in its browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = the_call(scope)
        wanted, client = call.world.options.control_token, scope.get("client")
        if wanted is None and client and not ipaddress.ip_address(client[0]).is_loopback:
            raise Refusal(
                403, "Start the sandbox with --control-token to use its control routes from elsewhere."
            )
        if wanted is None and not _is_own(call):
            raise Refusal(403, "Another site has sent this.")
        given = call.header(_TOKEN_HEADER).encode("latin-1")
        if wanted is not None and not hmac.compare_digest(given, wanted.encode()):
            raise Refusal(403, "X-Sandbox-Token is missing or wrong.")
        await self._app(scope, receive, send)


def _is_own(call: Call) -> bool:
    """Tell whether no other site has sent this, and no name that was made to lead here for a while."""
    host, origin = call.header(b"host"), call.header(b"origin")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        is_here = name == "localhost" or ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        is_here = False
    if host and not is_here:
        return False
    is_from_here = call.header(b"sec-fetch-site") in {"", "none", "same-origin"}
    # A link may lead here from anywhere: it changes nothing, and no other site reads the answer.
    return call.scope["method"] == "GET" or (is_from_here and origin in {"", f"http://{host}"})


def _setup(call: ControlCall) -> Response:
    lookups = call.firm.lookups
    roles = {
        "lead_attorney": LEAD_ATTORNEY,
        "additional_attorneys": [SECOND_ATTORNEY, MANAGING_ATTORNEY],
        "paralegals": [CASE_MANAGER, PARALEGAL],
    }
    return found(
        {
            "firm": call.firm.name,
            "practice_areas": case_status_setup(),
            "closed_statuses": list(CLOSED_STATUSES),
            "staff_roles": roles,
            "note_types": lookups.note_types,
            "document_categories": lookups.categories,
            "user_id": lookups.service_user.user_id,
        }
    )


def _faults(call: ControlCall) -> Response:
    return found({"faults": call.world.faults.as_json()})


def _set_faults(call: ControlCall, *, keep: bool) -> Response:
    try:
        call.world.faults.set(call.json(), keep=keep)
    except UnknownFaultError as refused:
        raise Refusal(400, str(refused)) from None
    return _faults(call)


def _clear_faults(call: ControlCall) -> Response:
    call.world.faults.clear()
    return _faults(call)


def _drift(call: ControlCall) -> Response:
    drift = call.firm.drift
    return found({**drift.plan.as_json(), "rounds": drift.rounds, "changed": sorted(drift.changed)})


def _set_drift(call: ControlCall) -> Response:
    fields = call.json_object()
    known = DriftPlan().as_json()
    strange = sorted(set(fields) - set(known))
    if strange or not all(isinstance(v, int) and v >= 0 for v in fields.values() if v is not None):
        raise Refusal(400, f"drift takes whole numbers from 0 named {', '.join(known)}")
    call.firm.drift.plan = DriftPlan(**fields)
    return _drift(call)


def _expire_tokens(call: ControlCall) -> Response:
    for firm in call.firms:
        call.world.tokens.expire_all(firm.name)
    return found({"expired": [firm.name for firm in call.firms]})


def _restart(call: ControlCall) -> Response:
    down_ms = call.json_object().get("down_ms", 0)
    if type(down_ms) is not int or not 0 <= down_ms <= LONGEST_DOWN_MS:
        raise Refusal(400, f"down_ms is a whole number from 0 to {LONGEST_DOWN_MS}")
    if call.world.restart is None:
        raise Refusal(409, "Only a sandbox that is a process of its own can be restarted: python -m sandbox.")
    call.world.restart(down_ms / MS_PER_S)
    return found({"down_ms": down_ms})


def _oauth(call: ControlCall) -> Response:
    return found(call.world.oauth.as_json())


def _set_oauth(call: ControlCall) -> Response:
    try:
        call.world.oauth.options = call.world.oauth.options.changed(call.json_object())
    except ValueError as refused:
        raise Refusal(400, str(refused)) from None
    return _oauth(call)


def _revoke_grants(call: ControlCall) -> Response:
    call.world.oauth.revoke_all([firm.name for firm in call.firms])
    return _oauth(call)


def _set_password(call: ControlCall) -> Response:
    password = call.json_object().get("password")
    if not isinstance(password, str):
        raise Refusal(400, "password must be text")
    call.firm.password = password
    return found({"firm": call.firm.name})
