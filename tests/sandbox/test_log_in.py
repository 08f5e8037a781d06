import base64
import json
from dataclasses import replace

import httpx2

from sandbox.options import SandboxOptions
from sandbox.routes import LOG_IN, OPERATIONS
from sandbox.server import SandboxServer
from tests.sandbox.caller import Caller


def _claims(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_the_token_looks_like_the_vendors_sample(firm: Caller) -> None:
    answer = firm.log_in().json()
    assert set(answer) == {"username", "userID", "token"}
    claims = _claims(answer["token"])
    assert claims["id"] == str(answer["userID"])
    assert claims["host"] == ""
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == 7200


def test_every_route_but_log_in_asks_for_a_token(firm: Caller) -> None:
    del firm.api.headers["Authorization"]
    for operation in OPERATIONS:
        if operation.purpose != LOG_IN:
            answer = firm.api.request(operation.verb, operation.path.replace("{number:int}", "1"))
            assert answer.status_code == 401, operation


def test_a_forged_token_is_refused(firm: Caller) -> None:
    head, claims, signature = firm.api.headers["Authorization"].split(".")
    for forged in (
        f"{head}.{claims}.{signature[:-4]}AAAA",
        "Bearer x",
        "Bearer a.b.c",
        f"{head}.{claims}",
        "Bearer é.x",
    ):
        answer = firm.api.get("case/statuses", headers=[(b"Authorization", forged.encode())])
        assert answer.status_code == 401, forged


def test_a_wrong_password_is_401_or_by_switch_400(firm: Caller) -> None:
    assert firm.log_in("wrong").status_code == 401
    firm.fault("login_400")
    assert firm.log_in("wrong").status_code == 400


def test_a_right_password_can_be_rejected(firm: Caller) -> None:
    firm.fault("login_rejected")
    assert firm.log_in().status_code == 401


def test_a_changed_password_ends_logging_in_but_not_the_token(firm: Caller) -> None:
    firm.control.post("password", json={"password": "new"})
    assert firm.log_in().status_code == 401
    assert firm.api.get("case/statuses").status_code == 200
    assert firm.log_in("new").status_code == 200


def test_a_token_ends_with_its_life() -> None:
    moment = [1_800_000_000.0]
    options = SandboxOptions(cases=1, token_life_s=60, clock=lambda: moment[0])
    with SandboxServer(options) as server:
        caller = Caller(server, "firm1")
        moment[0] += 59
        assert caller.api.get("case/statuses").status_code == 200
        moment[0] += 1
        assert caller.api.get("case/statuses").status_code == 401
        assert caller.log_in().status_code == 200
        assert caller.api.get("case/statuses").status_code == 200
        caller.close()


def test_all_tokens_can_be_expired_at_once(firm: Caller) -> None:
    firm.control.post("tokens/expire")
    assert firm.api.get("case/statuses").status_code == 401
    firm.log_in()
    assert firm.api.get("case/statuses").status_code == 200


def test_a_restarted_sandbox_still_knows_its_tokens_and_notes() -> None:
    options = SandboxOptions(cases=10)
    with SandboxServer(options) as first:
        caller = Caller(first, "firm1")
        token = caller.api.headers["Authorization"]
        case_id = caller.case_ids()[0]
        assert caller.note(case_id).status_code == 200
        port = httpx2.URL(first.url).port
        caller.close()
    assert port is not None
    with SandboxServer(replace(options, port=port), world=first.world) as second:
        assert second.url == first.url
        notes = httpx2.get(f"{second.base_url}case/{case_id}/notes", headers={"Authorization": token})
        assert "[ref:1]" in notes.text
