"""The authorization server over HTTP: log-in and "Allow Access", tokens, revocation, discovery (RFC 8414)."""

from __future__ import annotations

import asyncio
import binascii
import contextlib
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from sandbox.answer import HTML_TYPE, TEXT_TYPE, Answer, dump, found
from sandbox.dates import MS_PER_S
from sandbox.oauth import OAuthRefusal
from sandbox.oauth_options import OAuthOptions
from sandbox.protocol import cut
from sandbox.report import HUNG, RESET
from sandbox.request import Receive
from sandbox.world import World

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_LARGEST_FORM_BYTES = 64 * 1024
_NO_STORE = ((b"cache-control", b"no-store"),)
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>SmartAdvocate (sandbox)</title>
<meta name="viewport" content="width=device-width"></head>
<body style="font-family:sans-serif;max-width:24rem;margin:2rem auto">
<h1>SmartAdvocate</h1>
<p>This is a sandbox. Case Status asks for access to your cases.</p>{message}
<form method="post">
<p><label>User name<br><input name="username" autocomplete="username"></label></p>
<p><label>Password<br><input name="password" type="password" autocomplete="current-password"></label></p>
<p><button name="decision" value="allow">Allow Access</button>
<button name="decision" value="deny">Deny</button></p>
</form></body></html>"""


class OAuthServer:
    """Answers on the paths that the options name."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def _options(self) -> OAuthOptions:
        return self._world.oauth.options

    def serves(self, path: str) -> bool:
        """Whether the path is one of this server's."""
        return path in self._paths()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; faults strike before and after it was worked on."""
        purpose, handler = self._paths()[scope["path"]]
        form = await _form(receive)
        if form is None:
            return
        try:
            answer = await self._answer(purpose, handler, scope, form, receive)
        except ConnectionAbortedError as stop:
            self._world.counts.count(purpose, str(stop))
            cut(scope)
            return
        self._world.counts.count(purpose, answer.status)
        headers = [(b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body))]
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": [*headers, *answer.headers]}
        )
        await send({"type": "http.response.body", "body": answer.body})

    def _paths(self) -> dict[str, tuple[str, Callable[[Scope, dict[str, str]], Answer]]]:
        options = self._options
        return {
            options.authorize_path: ("oauth-authorize", self._authorize),
            options.token_path: ("oauth-token", self._token),
            options.revoke_path: ("oauth-revoke", self._revoke),
            options.discovery_path: ("oauth-discovery", self._discovery),
        }

    async def _answer(
        self,
        purpose: str,
        handler: Callable[[Scope, dict[str, str]], Answer],
        scope: Scope,
        form: dict[str, str],
        receive: Receive,
    ) -> Answer:
        def strikes(name: str) -> dict[str, Any] | None:
            faults = self._world.faults
            return faults.strike(name, purpose, None) if faults.active else None

        if delay := strikes("latency"):
            await asyncio.sleep(delay["ms"] / MS_PER_S)
        if strikes("reset"):
            raise ConnectionAbortedError(RESET)
        if limit := strikes("too_many_requests"):
            after = limit["retry_after"]
            return Answer(429, b"", TEXT_TYPE, () if after is None else ((b"retry-after", b"%d" % after),))
        if failure := strikes("server_error"):
            return Answer(int(failure["status"]), b"An error has occurred.", TEXT_TYPE)
        refusal = strikes("oauth_error")
        if refusal and purpose != "oauth-authorize":
            return Answer(400, dump({"error": refusal["code"]}), headers=_NO_STORE)
        if refusal:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            return self._back(query, {"error": refusal["code"]})
        answer = handler(scope, form)
        if strikes("store_then_reset"):
            raise ConnectionAbortedError(RESET)
        if hang := strikes("store_then_hang"):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(receive(), hang["ms"] / MS_PER_S)
            raise ConnectionAbortedError(HUNG)
        if delay := strikes("slow_after_store"):
            await asyncio.sleep(delay["ms"] / MS_PER_S)
        if strikes("html_200"):
            return Answer(200, b"<html><body>Please log in</body></html>", HTML_TYPE)
        if huge := strikes("huge_200"):
            return Answer(200, b'{"access_token": "' + b"x" * int(huge["bytes"]) + b'"}')
        if strikes("malformed_200"):
            return Answer(200, answer.body[: len(answer.body) // 2])
        if strikes("empty_200"):
            return Answer(200, b"", TEXT_TYPE)
        return answer

    def _authorize(self, scope: Scope, form: dict[str, str]) -> Answer:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if not self._world.oauth.knows(query.get("client_id", ""), query.get("redirect_uri", "")):
            return Answer(400, b"<h1>Unknown application or redirect address</h1>", HTML_TYPE)
        try:
            self._world.oauth.check_request(query)
        except OAuthRefusal as refusal:
            return self._back(query, {"error": refusal.code})
        if scope["method"] == "GET":
            return _page("")
        if form.get("decision") != "allow":
            return self._back(query, {"error": "access_denied"})
        firm = self._world.firms.get(form.get("username", ""))
        if firm is None or firm.password != form.get("password"):
            return _page("<p><strong>The user name or password is wrong.</strong></p>")
        code = self._world.oauth.allow(firm.name, query["redirect_uri"], query.get("code_challenge", ""))
        return self._back(query, {"code": code})

    def _back(self, query: dict[str, str], said: dict[str, str]) -> Answer:
        if "state" in query:
            said = {**said, "state": query["state"]}
        location = f"{query.get('redirect_uri', '')}?{urlencode(said)}"
        return Answer(303, b"", TEXT_TYPE, ((b"location", location.encode()),))

    def _token(self, scope: Scope, form: dict[str, str]) -> Answer:
        try:
            self._client(scope, form)
            return Answer(200, dump(self._world.oauth.token(form)), headers=_NO_STORE)
        except OAuthRefusal as refusal:
            return Answer(refusal.status, dump({"error": refusal.code}), headers=_NO_STORE)

    def _revoke(self, scope: Scope, form: dict[str, str]) -> Answer:
        try:
            self._client(scope, form)
        except OAuthRefusal as refusal:
            return Answer(refusal.status, dump({"error": refusal.code}))
        self._world.oauth.revoke(form.get("token", ""))
        return Answer(200, b"", TEXT_TYPE)

    def _discovery(self, scope: Scope, _: dict[str, str]) -> Answer:
        options = self._options
        host = next((value for key, value in scope["headers"] if key == b"host"), b"").decode("latin-1")
        root = f"http://{host}"
        return found(
            {
                "issuer": root,
                "authorization_endpoint": root + options.authorize_path,
                "token_endpoint": root + options.token_path,
                "revocation_endpoint": root + options.revoke_path,
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                    "none",
                ],
                "scopes_supported": list(options.scopes),
            }
        )

    def _client(self, scope: Scope, form: dict[str, str]) -> None:
        header = next((value for key, value in scope["headers"] if key == b"authorization"), b"").decode()
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        if header.lower().startswith("basic "):
            try:
                said = b64decode(header[6:], validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                said = ":"
            client_id, _, secret = said.partition(":")
            client_id, secret = unquote(client_id), unquote(secret)
        self._world.oauth.check_client(client_id, secret)


def _page(message: str) -> Answer:
    return Answer(200, _PAGE.replace("{message}", message).encode(), HTML_TYPE, _NO_STORE)


async def _form(receive: Receive) -> dict[str, str] | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > _LARGEST_FORM_BYTES:
            return None
        if not message.get("more_body"):
            return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
