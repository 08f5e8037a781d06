"""Settings: environment variables with the prefix CASEBRIDGE_. `.env.example` lists all of them."""

import base64
import binascii
import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import unquote

import msgspec
from msgspec import Meta

from bootstrap.secret import Secret
from bootstrap.strangers import strangers
from core.actor import Actor, Power, Role, reach_of
from core.errors import ConfigurationError
from core.reason import Reason

_AES_256_BYTES = 32
_PREFIX = "CASEBRIDGE_"
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Origin = Annotated[
    str,
    Meta(
        pattern=r"^https?://[^/?#\s@\\]+/?$",
        max_length=300,
        description="http:// or https:// and a host, with a port where it has one, and nothing behind",
    ),
]
Text = Annotated[str, Meta(max_length=500)]
Days = Annotated[int, Meta(ge=1, le=3_650)]
# Letters may still tell of what is younger.
KeptForWeeks = Annotated[int, Meta(ge=31, le=36_500)]
EverySeconds = Annotated[int, Meta(ge=1, le=86_400)]


def _account() -> str:
    """Return the account's name on this machine, which a container may not have."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an operator may set. Secrets never show in repr."""

    database_url: Secret | None = None
    direct_database_url: Secret | None = None
    amqp_url: Secret | None = None
    data_dir: Path | None = None
    secret_keys: Secret | None = None
    transfer_key: Secret | None = None
    cell: Annotated[int, Meta(ge=0, le=999)] = 0
    api_keys: Secret | None = None
    smartadvocate_http_hosts: frozenset[str] = frozenset()
    smartadvocate_hosts: frozenset[str] = frozenset()
    smartadvocate_private_hosts: frozenset[str] = frozenset()
    smartadvocate_oauth_client_id: Text = ""
    smartadvocate_oauth_client_secret: Secret | None = None
    smartadvocate_oauth_authorize_url: Text = ""
    smartadvocate_oauth_token_url: Text = ""
    smartadvocate_oauth_revoke_url: Text = ""
    smartadvocate_oauth_discovery_url: Text = ""
    smartadvocate_oauth_scopes: Text = ""
    smartadvocate_oauth_client_auth: Literal["", "client_secret_basic", "client_secret_post", "none"] = ""
    document_hosts: frozenset[str] = frozenset()
    document_http_hosts: frozenset[str] = frozenset()

    operator: Annotated[str, Meta(max_length=100)] = msgspec.field(default_factory=_account)
    # A person's: what casebridge does by itself stands under its own name in the audit log.
    operator_role: Literal["implementation-manager", "operator", "firm-admin"] = "implementation-manager"
    operator_firms: frozenset[str] = frozenset({"*"})

    smtp_url: Secret | None = None
    mail_from: Annotated[str, Meta(max_length=254)] = ""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "json", "console"] = "auto"

    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    public_url: Origin | None = None
    worker_threads: Annotated[int, Meta(ge=1, le=64)] = 8

    messages_every_s: EverySeconds = 120
    documents_every_s: EverySeconds = 1200
    shared_notes_every_s: EverySeconds = 120
    cases_at_utc: time = time(21, 15)
    night_span_min: Annotated[int, Meta(ge=0, le=720)] = 45
    recover_every_s: Seconds = 5.0
    intake_renew_s: Seconds = 60.0
    database_limit_s: Seconds = 60.0
    database_idle_limit_s: Seconds = 60.0
    database_transaction_limit_s: Seconds = 300.0
    people_database_limit_s: Seconds = 20.0
    people_database_idle_limit_s: Seconds = 15.0
    people_database_transaction_limit_s: Seconds = 60.0

    oidc_discovery_url: Text = ""
    oidc_client_id: Text = ""
    oidc_client_secret: Secret | None = None
    oidc_name: Text = "your organisation"
    oidc_scopes: Text = "openid email profile"
    oidc_roles_claim: Text = "roles"
    oidc_firms_claim: Text = "firms"
    oidc_roles: Annotated[str, Meta(max_length=10_000)] = ""
    oidc_trust_email: Literal["no", "yes"] = "no"
    oidc_http_hosts: frozenset[str] = frozenset()
    oidc_private_hosts: frozenset[str] = frozenset()
    session_idle_min: Annotated[int, Meta(ge=1, le=1_440)] = 60
    trusted_proxies: frozenset[str] = frozenset()
    api_requests_per_s: Annotated[int, Meta(ge=1, le=10_000)] = 100
    sign_ins_per_min: Annotated[int, Meta(ge=1, le=1_000)] = 30
    session_hours: Annotated[int, Meta(ge=1, le=720)] = 12

    keep_text_days: Days = 30
    keep_failed_text_days: Days = 180
    keep_deliveries_days: Days = 180
    keep_rejected_days: Days = 365
    keep_runs_days: KeptForWeeks = 90
    keep_changes_days: KeptForWeeks = 730
    keep_issues_days: KeptForWeeks = 365
    keep_reports_days: KeptForWeeks = 180
    keep_audit_days: KeptForWeeks = 2_555

    slice_s: Seconds = 20.0
    call_limit_s: Seconds = 30.0
    document_limit_s: Seconds = 570.0
    settle_s: Seconds = 45.0
    answer_limit_mib: Annotated[int, Meta(ge=1, le=64)] = 16
    longest_pause_s: Seconds = 900.0

    @classmethod
    def read(cls) -> Self:
        """Read the environment. Raises ConfigurationError naming the variable and its limit."""
        kinds = {field.name: field.type for field in msgspec.structs.fields(cls)}
        if unknown := [*strangers(os.environ, [variable(name) for name in kinds])]:
            raise ConfigurationError("; ".join(unknown))
        texts = {name: os.environ.get(variable(name), "") for name in kinds}
        settings = cls(**{name: read_value(name, kinds[name], text) for name, text in texts.items() if text})
        if settings.direct_database_url is not None and settings.database_url is None:
            raise ConfigurationError(
                "CASEBRIDGE_DIRECT_DATABASE_URL is set and CASEBRIDGE_DATABASE_URL is not: the first is the "
                "way around a pooler that the second goes through"
            )
        if settings.settle_s < settings.call_limit_s:
            raise ConfigurationError(
                f"CASEBRIDGE_SETTLE_S ({settings.settle_s:g}) must not be shorter than "
                f"CASEBRIDGE_CALL_LIMIT_S ({settings.call_limit_s:g}): so long a call may still be under way"
            )
        if settings.keep_failed_text_days < settings.keep_text_days:
            raise ConfigurationError(
                f"CASEBRIDGE_KEEP_FAILED_TEXT_DAYS ({settings.keep_failed_text_days}) must not be shorter "
                f"than CASEBRIDGE_KEEP_TEXT_DAYS ({settings.keep_text_days}): what failed may be replayed"
            )
        for name in ("keep_deliveries_days", "keep_rejected_days"):
            if getattr(settings, name) < settings.keep_text_days:
                raise ConfigurationError(
                    f"{variable(name)} ({getattr(settings, name)}) must not be shorter than "
                    f"CASEBRIDGE_KEEP_TEXT_DAYS ({settings.keep_text_days}): text goes first"
                )
        return settings

    def changed(self, **changes: Any) -> Self:
        """Return these settings with others in some places."""
        return msgspec.structs.replace(self, **changes)

    def browser_url(self) -> str:
        """Return where browsers reach `web`: as it is set, else where it listens on this machine."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.web_host, self.web_host)  # noqa: S104 - read, not bound
        shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"http://{shown}:{self.web_port}"

    def actor(self) -> Actor:
        """Return who uses the command line of this machine."""
        return Actor(self.operator, Role(self.operator_role), reach_of(self.operator_firms))

    def required_database_url(self) -> str:
        """Return the URL of Postgres. Raises ConfigurationError where none is set."""
        if self.database_url is None:
            raise ConfigurationError(
                "CASEBRIDGE_DATABASE_URL is not set; separate processes need one Postgres",
                reason=Reason.SERVER_NOT_SET,
            )
        return self.database_url.get_secret_value()

    def straight_database_url(self) -> str:
        """Return the URL that leads to Postgres itself. Raises ConfigurationError where none is set."""
        if self.direct_database_url is not None:
            return self.direct_database_url.get_secret_value()
        return self.required_database_url()

    def required_amqp_url(self) -> str:
        """Return the URL of RabbitMQ. Raises ConfigurationError where none is set."""
        if self.amqp_url is None:
            raise ConfigurationError(
                "CASEBRIDGE_AMQP_URL is not set; separate processes need one RabbitMQ",
                reason=Reason.SERVER_NOT_SET,
            )
        return self.amqp_url.get_secret_value()

    def granted_api_keys(self) -> Sequence[tuple[Actor, str]]:
        """Return who each API key stands for, and the key. Raises ConfigurationError.

        They are written `name:key:scope+scope:firm+firm`, or `*` for all firms, commas between. Signs that
        part them are written as in URLs (`%2B` for `+`).
        """
        text = self.api_keys.get_secret_value() if self.api_keys else ""
        return [_granted(part.strip()) for part in text.split(",") if part.strip()]

    def named_secret_keys(self) -> Mapping[str, bytes]:
        """Return encryption keys by id from `id:base64,id:base64`; the first one encrypts.

        Raises ConfigurationError when there is none or one has not 32 bytes.
        """
        pairs = _pairs("CASEBRIDGE_SECRET_KEYS", self.secret_keys)
        if not pairs:
            raise ConfigurationError(
                "CASEBRIDGE_SECRET_KEYS is not set; it takes keys as id:base64 of 32 random bytes",
                reason=Reason.ENCRYPTION_KEY_MISSING,
            )
        return {name: _key(f"CASEBRIDGE_SECRET_KEYS: the key {name!r}", text) for name, text in pairs.items()}

    def given_transfer_key(self) -> bytes:
        """Return the key of firms' files, of 32 bytes. Raises ConfigurationError when there is none."""
        if self.transfer_key is None:
            raise ConfigurationError(
                "CASEBRIDGE_TRANSFER_KEY is not set; it takes base64 of 32 random bytes, the same in both "
                "cells: openssl rand -base64 32"
            )
        return _key("CASEBRIDGE_TRANSFER_KEY", self.transfer_key.get_secret_value())


def variable(name: str) -> str:
    """Return the environment variable that holds the setting."""
    return _PREFIX + name.upper()


def read_value(name: str, kind: Any, text: str) -> Any:
    """Return the setting's value from its text. Raises ConfigurationError naming variable and limit."""
    try:
        return msgspec.convert(_prepared(kind, text), kind, strict=False)
    except ValueError:  # msgspec's own is one
        from bootstrap.wanted import wanted

        raise ConfigurationError(f"{variable(name)} must be {wanted(kind)}") from None


def _prepared(kind: Any, text: str) -> object:
    """Return the text, or what msgspec does not make of text by itself."""
    if kind == frozenset[str]:
        return text.split(",")
    makers: Mapping[Any, Callable[[str], object]] = {time: time.fromisoformat, Secret: Secret, Path: Path}
    made = [makers[each] for each in (kind, *get_args(kind)) if each in makers]
    return made[0](text) if made else text


def _pairs(variable: str, value: Secret | None) -> dict[str, str]:
    if value is None:
        return {}
    pairs = {}
    for part in value.get_secret_value().split(","):
        name, separator, secret = part.strip().partition(":")
        if not (name and separator and secret):
            raise ConfigurationError(f"{variable} must be a list of name:secret, separated by commas")
        pairs[name] = secret
    return pairs


def _granted(text: str) -> tuple[Actor, str]:
    name, *rest = text.split(":")
    if len(rest) != 3 or not all((name, *rest)):
        raise ConfigurationError(
            f"CASEBRIDGE_API_KEYS: the key {name!r} must be written name:key:scope+scope:firm+firm, "
            "with * for all firms"
        )
    key, scopes, firms = rest
    unknown = sorted(set(scopes.split("+")) - set(Power))
    if unknown:
        raise ConfigurationError(
            f"CASEBRIDGE_API_KEYS: the key {name!r} has the unknown scopes {', '.join(unknown)}; "
            f"known are {', '.join(Power)}"
        )
    reach = reach_of(unquote(firm_id) for firm_id in firms.split("+"))
    return Actor(name, Role.SERVICE, reach, frozenset(map(Power, scopes.split("+")))), key


def _key(what: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _AES_256_BYTES:
        raise ConfigurationError(f"{what} must be base64 of {_AES_256_BYTES} bytes")
    return key
