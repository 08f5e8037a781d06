"""Settings, which are texts and numbers, turned into the values that the core works with."""

import platform
import socket
from dataclasses import replace
from datetime import time, timedelta
from email.utils import parseaddr
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from adapters.http.limits import Limits
from adapters.postgres.store.time_limits import PEOPLE, WORK, TimeLimits
from bootstrap.settings import Settings
from core.errors import ConfigurationError
from core.process import AboutProcess, ProcessKind

if TYPE_CHECKING:  # loaded by who asks for them
    from adapters.mail.server import MailServer
    from core.retention import Retention

_THIS_MACHINE: Final = ("127.0.0.1", "::1", "localhost")


def work_limits(settings: Settings) -> TimeLimits:
    """Return how long transactions may take that casebridge makes by itself."""
    return replace(
        WORK,
        statement_s=settings.database_limit_s,
        idle_s=settings.database_idle_limit_s,
        transaction_s=settings.database_transaction_limit_s,
    )


def people_limits(settings: Settings) -> TimeLimits:
    """Return how long transactions of people and programs may take: no longer than casebridge's own."""
    work = work_limits(settings)
    return replace(
        PEOPLE,
        statement_s=min(settings.people_database_limit_s, work.statement_s),
        idle_s=min(settings.people_database_idle_limit_s, work.idle_s),
        transaction_s=min(settings.people_database_transaction_limit_s, work.transaction_s),
    )


def retention(settings: Settings) -> "Retention":
    """Return how long what has served its purpose is kept."""
    from core.retention import Retention

    return Retention(
        text=timedelta(days=settings.keep_text_days),
        failed=timedelta(days=settings.keep_failed_text_days),
        deliveries=timedelta(days=settings.keep_deliveries_days),
        rejected=timedelta(days=settings.keep_rejected_days),
        runs=timedelta(days=settings.keep_runs_days),
        changes=timedelta(days=settings.keep_changes_days),
        issues=timedelta(days=settings.keep_issues_days),
        reports=timedelta(days=settings.keep_reports_days),
        audit=timedelta(days=settings.keep_audit_days),
    )


def about_process(kind: ProcessKind, threads: int = 0) -> AboutProcess:
    """Return what is told of this process to others."""
    try:
        known = version("casebridge")
    except PackageNotFoundError:
        known = "0"
    return AboutProcess(kind, socket.gethostname(), known, threads)


def mail_server(settings: Settings) -> "MailServer | None":
    """Return the server that letters are handed to; None where none is set. Raises ConfigurationError.

    `smtp://user:password@host:587` (STARTTLS) or `smtps://host:465`; without TLS on this machine alone.
    """
    if settings.smtp_url is None:
        return None
    from adapters.mail.server import MailServer
    from core.letter import is_mail_address

    sender = settings.mail_from.strip()
    if not is_mail_address(parseaddr(sender)[1]) or not sender.isprintable():
        raise ConfigurationError(
            "CASEBRIDGE_MAIL_FROM must be the address that letters come from: casebridge@example.com or "
            "Casebridge <casebridge@example.com>"
        )
    try:
        url = urlsplit(settings.smtp_url.get_secret_value())
        host, port = url.hostname, url.port
    except ValueError:
        host = port = None
    if (
        host is None
        or url.scheme not in {"smtp", "smtps"}
        or url.path.strip("/")
        or url.query
        or url.fragment
    ):
        raise ConfigurationError(
            "CASEBRIDGE_SMTP_URL must be smtp://user:password@host:587 or smtps://user:password@host:465"
        )
    starts_plain = url.scheme == "smtp"
    return MailServer(
        host,
        port or (587 if starts_plain else 465),
        sender,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        starts_plain=starts_plain,
        is_here=starts_plain and host in _THIS_MACHINE,
    )


def about(settings: Settings) -> dict[str, Any]:
    """Return the versions in use, and the settings without any that could hold a secret: numbers and times.

    Of the others it is only told whether they are set.
    """
    told = {
        name: value
        if isinstance(value, bool | int | float)
        else str(value)
        if isinstance(value, time)
        else "set"
        for name in sorted(settings.__struct_fields__)
        if (value := getattr(settings, name)) not in (None, "", (), {})
    }
    versions = {name: version(name) for name in ("casebridge", "psycopg", "dramatiq", "fastapi", "httpx2")}
    return {"python": platform.python_version(), "versions": versions, "settings": told}


def call_limits(settings: Settings) -> Limits:
    """Divide the call limit among a call's steps: a write is over before what is not there counts as absent.

    `.env.example` says which share each step has, and how large an answer may be.
    """
    whole, answer_bytes = settings.call_limit_s, settings.answer_limit_mib * 2**20
    steps = {"pool": 0.1 * whole, "connect": 0.15 * whole, "write": 0.15 * whole, "read": 0.6 * whole}
    return Limits(**steps, answer_bytes=answer_bytes)
