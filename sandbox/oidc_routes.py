"""The identity provider over HTTP: discovery, a page to choose whom to be, tokens, keys; and its switches."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import unquote_plus, urlencode

from starlette.responses import Response

from sandbox.answer import HTML_TYPE, JSON_TYPE, Refusal, dump, found
from sandbox.call import Call, ControlCall
from sandbox.oidc import SIGNATURES, OidcRefusal

OIDC_PATH = "/oidc"
_SWITCHES = ("people", "claims", "signature", "document", "auth_methods")
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in (sandbox)</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body style="font-family:sans-serif;max-width:24rem;margin:2rem auto">
<h1>Your organisation</h1>
<p>This is a sandbox: choose whom to be.</p>
<form method="post">{people}
<p><button name="sub" value="">Cancel</button></p>
</form></body></html>"""


def endpoints() -> list[tuple[str, list[str], str, Callable[[Call], Response]]]:
    """Path, verbs, purpose and handler of each."""
    return [
        (f"{OIDC_PATH}/.well-known/openid-configuration", ["GET"], "oidc-discovery", _discovery),
        (f"{OIDC_PATH}/authorize", ["GET", "POST"], "oidc-authorize", _authorize),
        (f"{OIDC_PATH}/token", ["POST"], "oidc-token", _token),
        (f"{OIDC_PATH}/keys", ["GET"], "oidc-keys", lambda call: found(call.world.oidc.keys())),
    ]


def switch(call: ControlCall) -> Response:
    """`GET/PUT /_sandbox/oidc`: who there is, and in what the provider is odd."""
    provider = call.world.oidc
    if call.scope["method"] == "PUT":
        for name, value in call.json_object().items():
            if name not in _SWITCHES or (name == "signature" and value not in SIGNATURES):
                raise Refusal(
                    400, f"the provider has {', '.join(_SWITCHES)}; signatures: {', '.join(SIGNATURES)}"
                )
            setattr(provider, name, value)
    return found({name: getattr(provider, name) for name in _SWITCHES})


def _discovery(call: Call) -> Response:
    root = call.origin + OIDC_PATH
    document = {
        "issuer": root,
        "authorization_endpoint": f"{root}/authorize",
        "token_endpoint": f"{root}/token",
        "jwks_uri": f"{root}/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": call.world.oidc.auth_methods,
        "code_challenge_methods_supported": ["S256"],
    }
    return found({**document, **call.world.oidc.document})


def _authorize(call: Call) -> Response:
    query, provider = call.query, call.world.oidc
    try:
        provider.check_request(query)
    except OidcRefusal as refusal:
        return _back(query, {"error": refusal.code})
    if call.scope["method"] == "GET":
        buttons = "".join(
            f'<p><button name="sub" value="{escape(person["sub"])}">{escape(_shown(person))}</button> '
            f"{escape(_claimed(person))}</p>"
            for person in provider.people
        )
        return Response(_PAGE.replace("{people}", buttons).encode(), 200, media_type=HTML_TYPE)
    subject = call.url_form().get("sub", "")
    if subject not in {person["sub"] for person in provider.people}:
        return _back(query, {"error": "access_denied", "error_description": "<b>The user cancelled</b>"})
    return _back(query, {"code": provider.allow(subject, query)})


def _token(call: Call) -> Response:
    header, form = call.header(b"authorization"), call.url_form()
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if header.lower().startswith("basic "):
        try:
            client_id, _, secret = b64decode(header[6:], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            secret = ""
        client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    no_store = {"cache-control": "no-store"}
    try:
        answer = call.world.oidc.token(form, client_id, secret, call.origin + OIDC_PATH)
    except OidcRefusal as refusal:
        return Response(dump({"error": refusal.code}), 400, no_store, JSON_TYPE)
    return Response(dump(answer), 200, no_store, JSON_TYPE)


def _claimed(person: Mapping[str, Any]) -> str:
    """Return what the claims say that the person is."""
    return ", ".join(person.get("roles") or ["no role by claims"])


def _shown(person: dict[str, Any]) -> str:
    return str(person.get("email", person["sub"]))


def _back(query: dict[str, str], said: dict[str, str]) -> Response:
    if "state" in query:
        said = {**said, "state": query["state"]}
    return Response(
        status_code=303, headers={"location": f"{query.get('redirect_uri', '')}?{urlencode(said)}"}
    )
