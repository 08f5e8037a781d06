"""The authorization server over HTTP: log-in and "Allow Access", tokens, revocation, discovery (RFC 8414)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from urllib.parse import unquote_plus, urlencode

from starlette.responses import Response

from sandbox.answer import HTML_TYPE, JSON_TYPE, TEXT_TYPE, dump, found, raw
from sandbox.call import Call
from sandbox.oauth import OAuthRefusal
from sandbox.oauth_options import OAuthOptions

_NO_STORE = {"cache-control": "no-store"}
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>SmartAdvocate (sandbox)</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body style="font-family:sans-serif;max-width:24rem;margin:2rem auto">
<h1>SmartAdvocate</h1>
<p>This is a sandbox. Case Status asks for access to your cases.</p>{message}
<form method="post">
<p><label>User name<br><input name="username" autocomplete="username"></label></p>
<p><label>Password<br><input name="password" type="password" autocomplete="current-password"></label></p>
<p><button name="decision" value="allow">Allow Access</button>
<button name="decision" value="deny">Deny</button></p>
</form></body></html>"""


def endpoints(options: OAuthOptions) -> list[tuple[str, list[str], str, Callable[[Call], Response]]]:
    """Path, verbs, purpose and handler of each."""
    return [
        (options.authorize_path, ["GET", "POST"], "oauth-authorize", _authorize),
        (options.token_path, ["POST"], "oauth-token", _token),
        (options.revoke_path, ["POST"], "oauth-revoke", _revoke),
        (options.discovery_path, ["GET"], "oauth-discovery", _discovery),
    ]


def _authorize(call: Call) -> Response:
    query, form, server = call.query, call.url_form(), call.world.oauth
    if refusal := call.style("oauth_error"):
        return _back(query, {"error": refusal["code"]})
    if not server.knows(query.get("client_id", ""), query.get("redirect_uri", "")):
        return Response(b"<h1>Unknown application or redirect address</h1>", 400, media_type=HTML_TYPE)
    try:
        server.check_request(query)
    except OAuthRefusal as wrong:
        return _back(query, {"error": wrong.code})
    if call.scope["method"] == "GET":
        return _page("")
    if form.get("decision") != "allow":
        return _back(query, {"error": "access_denied"})
    firm = call.world.firms.get(form.get("username", ""))
    if firm is None or firm.password != form.get("password"):
        return _page("<p><strong>The user name or password is wrong.</strong></p>")
    code = server.allow(firm.name, query["redirect_uri"], query.get("code_challenge", ""))
    return _back(query, {"code": code})


def _token(call: Call) -> Response:
    try:
        _check_client(call)
        return Response(dump(call.world.oauth.token(call.url_form())), 200, _NO_STORE, JSON_TYPE)
    except OAuthRefusal as refusal:
        return _refused(refusal)


def _revoke(call: Call) -> Response:
    try:
        _check_client(call)
    except OAuthRefusal as refusal:
        return _refused(refusal)
    call.world.oauth.revoke(call.url_form().get("token", ""))
    return raw(b"", TEXT_TYPE)


def _discovery(call: Call) -> Response:
    options, root = call.world.oauth.options, call.origin
    return found(
        {
            "issuer": root,
            "authorization_endpoint": root + options.authorize_path,
            "token_endpoint": root + options.token_path,
            "revocation_endpoint": root + options.revoke_path,
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": list(options.client_auth),
            "scopes_supported": list(options.scopes),
        }
    )


def _check_client(call: Call) -> None:
    """Refuses another client, or a wrong secret; a fault may refuse the right one."""
    if fault := call.style("oauth_error"):
        raise OAuthRefusal(fault["code"])
    header, form = call.header(b"authorization"), call.url_form()
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    method = "client_secret_post" if secret else "none"
    if header.lower().startswith("basic "):
        try:
            said = b64decode(header[6:], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            said = ":"
        client_id, _, secret = said.partition(":")
        client_id, secret, method = unquote_plus(client_id), unquote_plus(secret), "client_secret_basic"
    if method not in call.world.oauth.options.client_auth:
        raise OAuthRefusal("invalid_client", 401)
    call.world.oauth.check_client(client_id, secret)


def _back(query: dict[str, str], said: dict[str, str]) -> Response:
    if "state" in query:
        said = {**said, "state": query["state"]}
    return Response(
        status_code=303, headers={"location": f"{query.get('redirect_uri', '')}?{urlencode(said)}"}
    )


def _refused(refusal: OAuthRefusal) -> Response:
    return Response(dump({"error": refusal.code}), refusal.status, _NO_STORE, JSON_TYPE)


def _page(message: str) -> Response:
    return Response(_PAGE.replace("{message}", message).encode(), 200, _NO_STORE, HTML_TYPE)
