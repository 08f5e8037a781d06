"""What all routes of `/v1` share: who asks, a bounded body, problems, and requests carried out once."""

import hashlib
import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive

from adapters.web.api.problems import problem, stranger
from adapters.web.api.v1.failures import failed, malformed
from adapters.web.auth.strangers import UnauthorizedError
from adapters.web.who import Who
from core.actor import Actor
from core.desk import Desk
from core.errors import CasebridgeError, UnexpectedError
from core.kept_answer import KeptAnswer
from core.nesting import MAX_DEPTH, is_deeper
from core.reason import Reason

MAX_BODY: Final = 1024 * 1024
KEY_HEADER: Final = "idempotency-key"
# A Structured Field string as the draft asks for, or the bare token that most clients send.
_KEY: Final = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})')
_KEPT_HEADERS: Final = ("content-type", "location", "etag")
TOLD_ONCE: Final = "x-told-once"  # a mark in a route's `openapi_extra`: its answer is a secret, never stored

# The same in the words of JSON Schema.
_KEY_PATTERN: Final = r'^("[ !#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$'
_DESCRIBED: Final = {
    "POST": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": _KEY_PATTERN},
        "description": "Under one key a request is carried out once: sent again within 24 hours it is "
        "answered as it was. Choose a new one, such as a UUID, for each thing to be done.",
    },
    **{
        method: {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
            "description": "The `ETag` of the settings as they were read: 412 where they have changed since.",
        }
        for method in ("PUT", "PATCH")
    },
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def route_class(desk: Desk, who: Who) -> type[APIRoute]:
    """Return the class of the routes."""

    class V1Route(APIRoute):
        def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
            headers = [_DESCRIBED[m] for m in sorted(options.get("methods") or ()) if m in _DESCRIBED]
            extra = {**(options.pop("openapi_extra", None) or {}), "parameters": headers}
            super().__init__(path, endpoint, openapi_extra=extra, **options)

        def get_route_handler(self) -> Handler:
            carry_out = super().get_route_handler()
            tells_a_secret = TOLD_ONCE in (self.openapi_extra or {})

            async def answer(request: Request) -> Response:
                try:
                    actor = request.state.actor = await run_in_threadpool(who, request)
                    body = await _read(request)
                    if isinstance(body, Response):
                        return body
                    request = Request(request.scope, _giving(body, request.receive))
                    key = _key_of(request)
                    if isinstance(key, Response):
                        return key
                    if key is None:
                        return await carry_out(request)
                    once = _Once(desk, actor, key, _fingerprint(request, body))
                    return await once(carry_out, request, tells_a_secret=tells_a_secret)
                except UnauthorizedError as error:
                    return stranger(error)
                except RequestValidationError as error:
                    return malformed(error)
                except UnexpectedError:
                    raise  # is told of, and answered, in one place
                except CasebridgeError as error:
                    return failed(error)

            return answer

    return V1Route


def actor_of(request: Request) -> Actor:
    """Return who asks, as the route has found out."""
    actor: Actor = request.state.actor
    return actor


class _Once:
    """One request under its key."""

    def __init__(self, desk: Desk, actor: Actor, key: str, fingerprint: bytes) -> None:
        self._answers = desk.answer_once
        self._actor = actor
        self._key = key
        self._fingerprint = fingerprint

    async def __call__(self, carry_out: Handler, request: Request, *, tells_a_secret: bool) -> Response:
        known = await run_in_threadpool(self._answers.begin, self._actor, self._key, self._fingerprint)
        if known is not None:
            return _told_again(known)
        try:
            answer = await carry_out(request)
        except BaseException:
            await run_in_threadpool(self._answers.forget, self._actor, self._key)
            raise
        if isinstance(answer, StreamingResponse) or answer.status_code >= 400:
            await run_in_threadpool(self._answers.forget, self._actor, self._key)
            return answer
        headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        body = None if tells_a_secret else bytes(answer.body)
        kept = KeptAnswer(answer.status_code, headers, body)
        await run_in_threadpool(self._answers.keep, self._actor, self._key, kept)
        return answer


def _told_again(known: KeptAnswer) -> Response:
    headers: Mapping[str, str] = {**known.headers, "Idempotent-Replayed": "true"}
    return Response(known.body, known.status, dict(headers))


def _key_of(request: Request) -> str | Response | None:
    given = request.headers.getlist(KEY_HEADER)
    if request.method != "POST" or not given:
        return None
    found = _KEY.fullmatch(given[0].strip(" \t")) if len(given) == 1 else None
    if found is None:
        detail = "Idempotency-Key: one header of 1 to 255 visible characters of ASCII"
        return problem(400, Reason.MALFORMED, detail)
    return found[1] or found[2]


def _fingerprint(request: Request, body: bytes) -> bytes:
    told = f"{request.method} {request.url.path}?{request.url.query} {len(body)} ".encode()
    return hashlib.sha256(told + body).digest()


async def _read(request: Request) -> bytes | Response:
    """Return the body, or what to answer to one that is too long, or not written as it is read here."""
    codings = [value.strip().lower() for value in request.headers.getlist("content-encoding")]
    if any(coding not in {"", "identity"} for coding in codings):
        detail = "send the body as it is: no Content-Encoding is read here"
        return problem(415, Reason.FOREIGN, detail, headers={"Accept-Encoding": "identity"})
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            detail = f"the body may have {MAX_BODY} bytes at most"
            return problem(413, Reason.OVERSIZED, detail, headers={"Connection": "close"})
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if body and not is_json:
        return problem(415, Reason.FOREIGN, "send the body as application/json")
    if is_deeper(body):
        detail = f"the body has more than {MAX_DEPTH} lists and objects within each other"
        return problem(400, Reason.MALFORMED, detail)
    return bytes(body)


def _giving(body: bytes, receive: Receive) -> Receive:
    """Return what gives the body that was read, and then what comes: that the client hung up."""
    left = [body]

    async def give() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return give
