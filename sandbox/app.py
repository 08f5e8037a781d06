"""The ASGI application: finds the route, lets faults strike, calls the handler, writes the answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox import (
    case_routes,
    document_routes,
    lookup_routes,
    note_routes,
    routes,
)
from sandbox.answer import TEXT_TYPE, Answer, Refusal, error
from sandbox.content_server import ContentServer
from sandbox.contents import CONTENT_PATH
from sandbox.control import CONTROL_PATH, Control
from sandbox.dates import MS_PER_S, localised
from sandbox.multipart import FormReader
from sandbox.oauth_server import OAuthServer
from sandbox.protocol import cut
from sandbox.report import HUNG, RESET
from sandbox.request import Receive, Request
from sandbox.world import World

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

FORM_OVERHEAD_BYTES = 64 * 1024
BODY_LIMIT_BYTES = 256 * 1024 * 1024
LOG_IN = "log-in"
UPLOAD = "upload-document"
HANDLERS: dict[str, Callable[[Request], Answer]] = {
    LOG_IN: case_routes.log_in,
    "search-cases": case_routes.search_cases,
    "case-by-id": case_routes.case_by_id,
    "case-by-number": case_routes.case_by_number,
    "case-contacts": case_routes.case_contacts,
    "list-notes": note_routes.list_notes,
    "notes-by-number": note_routes.notes_by_number,
    "insert-note": note_routes.insert_note,
    "list-documents": document_routes.list_documents,
    "search-documents": document_routes.search_documents,
    "upload-document": document_routes.upload_document,
    "document-content": document_routes.document_content,
    "case-statuses": lookup_routes.case_statuses,
    "case-types": lookup_routes.case_types,
    "case-groups": lookup_routes.case_groups,
    "note-types": lookup_routes.note_types,
    "document-categories": lookup_routes.document_categories,
    "users": lookup_routes.users,
    "contact-types": lookup_routes.contact_types,
}


class _CutError(Exception):
    """The connection is to be cut instead of answered."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class SandboxApp:
    """The sandbox as an ASGI 3 application."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._control = Control(world)
        self._content = ContentServer(world)
        self._oauth = OAuthServer(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        if scope["path"].startswith(CONTENT_PATH):
            await self._content.serve(scope, receive, send)
            return
        if self._oauth.serves(scope["path"]):
            await self._oauth.serve(scope, receive, send)
            return
        verb = scope["method"]
        found = routes.match(verb, scope["path"])
        form = None
        if found.route is not None and found.route.purpose == UPLOAD:
            body, form = b"", self._form(scope)
            # What is refused for its announced length is not read: the answer comes first.
            if form is not None and not await _feed(receive, form):
                return
        else:
            whole = await _body(receive)
            if whole is None:
                return
            body = whole
        if scope["path"].startswith(CONTROL_PATH):
            await _write(send, self._control.answer(scope, body))
            return
        if found.route is None:
            status = 405 if found.known_path else 404
            self._world.counts.count("unknown", status)
            await _write(
                send, error(Refusal(status, f"No HTTP resource was found that matches {verb} on this path."))
            )
            return
        request = Request(
            self._world,
            found.route.purpose,
            found.number,
            scope["query_string"],
            scope["headers"],
            body,
            receive,
            form,
        )
        try:
            answer = await self._answer(request)
        except _CutError as stop:
            self._world.counts.count(request.purpose, stop.outcome)
            cut(scope)
            return
        self._world.counts.count(request.purpose, answer.status)
        await _write(send, answer)

    def _form(self, scope: Scope) -> FormReader | None:
        """A reader for an upload; None where its announced length is beyond what is accepted."""
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        limit = self._world.options.upload_limit_bytes + FORM_OVERHEAD_BYTES
        if length.isdigit() and int(length) > limit:
            return None
        _, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        name = self._world.tokens.firm_of(token.strip(), self._world.now_s())
        keep = self._world.firms[name].documents.may_keep if name else lambda _: False
        return FormReader(headers.get(b"content-type", b"").decode("latin-1"), keep)

    async def _answer(self, request: Request) -> Answer:
        if request.purpose == LOG_IN:
            return await self._worked(request)
        world = self._world
        scheme, _, token = request.header(b"authorization").partition(" ")
        name = world.tokens.firm_of(token.strip(), world.now_s()) if scheme.lower() == "bearer" else None
        if name is None:
            return await self._worked(request)
        request.known_firm = world.firms[name]
        load = world.counts.firms[name]
        load.begin(world.now_s())
        try:
            return await self._worked(request)
        finally:
            load.end()

    async def _worked(self, request: Request) -> Answer:
        """The handler's answer; without faults nothing is awaited."""
        active = self._world.faults.active
        try:
            if active:
                await self._before(request)
            if request.purpose != LOG_IN:
                request.admit()
            answer = HANDLERS[request.purpose](request)
        except Refusal as refusal:
            shape = request.style("error_body")
            return error(refusal, shape["shape"] if shape else "message")
        if not active:
            return answer
        return await self._after(request, answer)

    async def _before(self, request: Request) -> None:
        if delay := request.style("latency"):
            await asyncio.sleep(delay["ms"] / MS_PER_S)
        if request.style("reset"):
            raise _CutError(RESET)
        if request.style("expire_tokens"):
            self._world.tokens.expire_all(request.firm.name)
            raise Refusal(401, "The token has expired.")
        if request.style("unauthorized"):
            raise Refusal(401, "Authorization has been denied for this request.")
        if request.style("forbidden"):
            raise Refusal(403, "You do not have permission for this operation.")
        if limit := request.style("too_many_requests"):
            after = limit["retry_after"]
            headers = () if after is None else ((b"retry-after", f"{after:g}".encode()),)
            raise Refusal(429, "Too many requests.", headers)
        if failure := request.style("server_error"):
            words = "An error has occurred."
            if request.style("quote_request"):
                words += f" Request: {request.body.decode('utf-8', 'replace')}"
            raise Refusal(int(failure["status"]), words)

    async def _after(self, request: Request, answer: Answer) -> Answer:
        if request.style("store_then_reset"):
            raise _CutError(RESET)
        if hang := request.style("store_then_hang"):
            with contextlib.suppress(TimeoutError):
                # Nothing more comes from the client but its leaving.
                await asyncio.wait_for(request.receive(), hang["ms"] / MS_PER_S)
            raise _CutError(HUNG)
        if delay := request.style("slow_after_store"):
            await asyncio.sleep(delay["ms"] / MS_PER_S)
        if request.style("empty_200"):
            return Answer(200, b"", TEXT_TYPE)
        if dates := request.style("dates"):
            return answer._replace(body=localised(answer.body, dates["zone"]))
        return answer


async def _feed(receive: Receive, form: FormReader) -> bool:
    """Read the whole body into the form; False where the client left before its end."""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return False
        form.feed(message.get("body", b""))
        if not message.get("more_body"):
            return True


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where the client left or sends more than the sandbox can hold."""
    message = await receive()
    if not message.get("more_body"):
        return message.get("body", b"") if message["type"] == "http.request" else None
    parts = [message["body"]]
    size = len(parts[0])
    while message.get("more_body"):
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_LIMIT_BYTES:
            return None
    return b"".join(parts)


async def _write(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
