"""Letters at a real mail server, over a socket: what arrives, and what each refusal comes to."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from adapters.mail.server import MailServer
from adapters.mail.smtp import SmtpMail
from bootstrap import values
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.errors import ConfigurationError, NeedsPersonError, PermanentError, TransientError
from core.letter import Content, Letter, LetterKind
from core.reason import Reason
from tests.certificates import certificate_of

LETTER = Letter(17, "north", "ann@north.example", LetterKind.RUN_RESULT, "8", 1, timedelta())
CONTENT = Content("North\nBcc: eve@evil.example", table=("case number\r\n", "C-17\r\n"))


class Inbox:
    """What the server took; `answers` are said instead of "taken", by the step they answer."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 ok")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if "DATA" in self.answers:
            return self.answers["DATA"]
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 taken"


class _AnyPort(Controller):
    """Listens at a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd has no types for it


@contextmanager
def running(inbox: Inbox, **named: Any) -> Iterator[int]:
    controller = _AnyPort(inbox, hostname="127.0.0.1", port=0, **named)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def here(port: int) -> SmtpMail:
    server = MailServer("127.0.0.1", port, "Casebridge <cb@casebridge.example>", is_here=True)
    return SmtpMail(server, "https://cb.example")


def test_a_letter_arrives_with_its_table_and_no_header_of_anybody_elses(inbox: Inbox) -> None:
    with running(inbox) as port:
        for _ in range(2):
            here(port).send(LETTER, CONTENT)
    first, second = inbox.taken
    assert first["To"] == "ann@north.example"
    assert first["Bcc"] is None
    assert first["Subject"] == "North Bcc: eve@evil.example: sync 8 is no longer kept"
    assert first["Message-ID"] == second["Message-ID"] == "<casebridge-17@casebridge.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    body = first.get_body()
    assert body is not None
    assert "https://cb.example/firms/north/runs/8" in body.get_content()
    [table] = first.iter_attachments()
    assert (table.get_filename(), table.get_content()) == ("sync-8.csv", "case number\r\nC-17\r\n")


@pytest.mark.parametrize(
    ("step", "answer", "error", "reason"),
    [
        ("RCPT", "550 no such person", PermanentError, Reason.MAIL_RECIPIENT_REFUSED),
        ("RCPT", "450 try later", TransientError, Reason.UNAVAILABLE),
        ("DATA", "554 looks like spam", PermanentError, Reason.MAIL_RECIPIENT_REFUSED),
        ("DATA", "451 try later", TransientError, Reason.UNAVAILABLE),
        ("DATA", "421 closing", TransientError, Reason.UNAVAILABLE),
    ],
)
def test_a_refusal_is_told_without_the_servers_words(
    inbox: Inbox, step: str, answer: str, error: type[Exception], reason: Reason
) -> None:
    inbox.answers[step] = f"{answer} ann@north.example"
    with running(inbox) as port, pytest.raises(error) as caught:
        here(port).send(LETTER, CONTENT)
    assert isinstance(caught.value, PermanentError | TransientError)
    assert caught.value.reason is reason
    assert "ann" not in str(caught.value)
    assert answer[:3] in str(caught.value)


def test_a_server_that_is_not_there_is_tried_again_later(inbox: Inbox) -> None:
    with running(inbox) as port:
        pass
    with pytest.raises(TransientError) as caught:
        here(port).send(LETTER, CONTENT)
    assert caught.value.reason is Reason.NOT_REACHED


def test_elsewhere_nothing_is_said_before_tls_and_the_log_in_is_checked(inbox: Inbox, tmp_path: Path) -> None:
    certificate = certificate_of("localhost", tmp_path)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    tls = ssl.create_default_context(cafile=str(certificate))

    def authenticator(
        _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
    ) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    options = {"tls_context": server_side, "require_starttls": True, "auth_required": True}
    with running(inbox, authenticator=authenticator, **options) as port:
        for password, taken in (("wrong", 0), ("right", 1)):
            server = MailServer("localhost", port, "cb@casebridge.example", user="cb", password=password)
            if not taken:
                with pytest.raises(NeedsPersonError) as caught:
                    SmtpMail(server, "https://cb.example", tls).send(LETTER, CONTENT)
                assert caught.value.reason is Reason.MAIL_REFUSED
            else:
                SmtpMail(server, "https://cb.example", tls).send(LETTER, CONTENT)
            assert len(inbox.taken) == taken
        with pytest.raises(NeedsPersonError) as caught:  # its certificate is nobody's that we know
            SmtpMail(server, "https://cb.example").send(LETTER, CONTENT)
        assert "certificate" in str(caught.value)


def test_a_server_without_tls_elsewhere_gets_no_letter(inbox: Inbox) -> None:
    with running(inbox) as port, pytest.raises(NeedsPersonError):
        SmtpMail(MailServer("127.0.0.1", port, "cb@casebridge.example"), "https://cb.example").send(
            LETTER, CONTENT
        )
    assert inbox.taken == []


def settings(url: str, sender: str = "Casebridge <cb@casebridge.example>") -> Settings:
    return Settings(smtp_url=Secret(url), mail_from=sender)


def test_the_server_is_read_from_its_url() -> None:
    server = values.mail_server(settings("smtp://cb%40x:p%3Aw@mail.example"))
    assert server is not None
    assert (server.host, server.port, server.user, server.password) == ("mail.example", 587, "cb@x", "p:w")
    assert (server.starts_plain, server.is_here) == (True, False)
    implicit = values.mail_server(settings("smtps://mail.example"))
    assert implicit is not None
    assert (implicit.port, implicit.starts_plain) == (465, False)
    local = values.mail_server(settings("smtp://127.0.0.1:25"))
    assert local is not None
    assert local.is_here
    assert "p:w" not in repr(server)
    assert values.mail_server(Settings()) is None


@pytest.mark.parametrize(
    ("url", "sender", "named"),
    [
        ("mail.example", "cb@casebridge.example", "CASEBRIDGE_SMTP_URL"),
        ("http://mail.example", "cb@casebridge.example", "CASEBRIDGE_SMTP_URL"),
        ("smtp://user:secret@", "cb@casebridge.example", "CASEBRIDGE_SMTP_URL"),
        ("smtp://mail.example:99999", "cb@casebridge.example", "CASEBRIDGE_SMTP_URL"),
        ("smtp://mail.example", "", "CASEBRIDGE_MAIL_FROM"),
        ("smtp://mail.example", "casebridge", "CASEBRIDGE_MAIL_FROM"),
        ("smtp://mail.example", "cb@casebridge.example\nBcc: e@e.example", "CASEBRIDGE_MAIL_FROM"),
    ],
)
def test_settings_that_cannot_be_used_are_named(url: str, sender: str, named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        values.mail_server(settings(url, sender))
    assert named in str(caught.value)
    assert "secret" not in str(caught.value)
