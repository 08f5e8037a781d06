"""Letters handed to a mail server by SMTP (RFC 5321), always over TLS but to this machine itself."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate
from typing import Final
from urllib.parse import quote

from adapters.mail.letter_words import subject_of, text_of
from adapters.mail.server import MailServer
from core.errors import NeedsPersonError, PermanentError, TransientError
from core.letter import Content, Letter, LetterKind
from core.ports.mail import Mail
from core.reason import Reason

_LIMIT_S: Final = 20.0  # for each answer of the server
_LOG_IN_REFUSED: Final = (530, 534, 535, 538)  # RFC 4954, 6
_FILES: Final = {LetterKind.EXCEPTIONS: "exceptions", LetterKind.RUN_RESULT: "sync"}


class SmtpMail(Mail):
    """A connection for each letter: there are few, and none is left open."""

    def __init__(self, server: MailServer, pages_at: str, tls: ssl.SSLContext | None = None) -> None:
        """`pages_at` is where browsers reach casebridge; links begin with it."""
        self._server = server
        self._pages_at = pages_at
        self._tls = tls or ssl.create_default_context()

    def send(self, letter: Letter, content: Content) -> None:
        message = self._message(letter, content)
        with _translated(letter), self._connected() as smtp:
            smtp.send_message(message)

    def _message(self, letter: Letter, content: Content) -> EmailMessage:
        domain = self._server.sender.rpartition("@")[2].rstrip(">")
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = letter.address
        message["Subject"] = " ".join(subject_of(letter, content).split())
        message["Date"] = formatdate()
        message["Message-ID"] = f"<casebridge-{letter.letter_id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
        pages = f"{self._pages_at}/firms/{quote(letter.firm_id, safe='')}"
        message.set_content(text_of(letter, content, pages))
        if content.table:
            message.add_attachment(
                "".join(content.table).encode(),
                maintype="text",
                subtype="csv",
                filename=f"{_FILES.get(letter.kind, 'table')}-{letter.key}.csv",
            )
        return message

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._server
        if server.starts_plain or server.is_here:
            smtp: smtplib.SMTP = smtplib.SMTP(server.host, server.port, timeout=_LIMIT_S)
        else:
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=_LIMIT_S, context=self._tls)
        with smtp:
            if server.starts_plain and not server.is_here:
                smtp.starttls(context=self._tls)
            if server.user:
                smtp.login(server.user, server.password)
            yield smtp


@contextmanager
def _translated(letter: Letter) -> Iterator[None]:
    """Raise errors of ours, without the server's words: they may quote addresses."""
    firm_id = letter.firm_id
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        code = max(codes, default=550)
        if code >= 500:
            raise PermanentError(
                f"the mail server does not deliver to this address ({code})",
                reason=Reason.MAIL_RECIPIENT_REFUSED,
                firm_id=firm_id,
            ) from None
        raise TransientError(f"the mail server put the recipient off ({code})", firm_id=firm_id) from None
    except smtplib.SMTPNotSupportedError:
        raise NeedsPersonError(
            "the mail server offers no TLS, or no log-in", reason=Reason.MAIL_REFUSED, firm_id=firm_id
        ) from None
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
        if code in _LOG_IN_REFUSED or (isinstance(error, smtplib.SMTPSenderRefused) and code >= 500):
            raise NeedsPersonError(
                f"the mail server refuses our log-in or sender ({code})",
                reason=Reason.MAIL_REFUSED,
                firm_id=firm_id,
            ) from None
        if isinstance(error, smtplib.SMTPDataError) and code >= 500:
            raise PermanentError(
                f"the mail server refuses the letter ({code})",
                reason=Reason.MAIL_RECIPIENT_REFUSED,
                firm_id=firm_id,
            ) from None
        raise TransientError(f"the mail server is not ready ({code})", firm_id=firm_id) from None
    except ssl.SSLCertVerificationError as error:
        raise NeedsPersonError(
            f"the mail server's certificate is not valid: {error.verify_message}",
            reason=Reason.MAIL_REFUSED,
            firm_id=firm_id,
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise TransientError(
            f"the mail server is out of reach ({type(error).__name__})",
            reason=Reason.NOT_REACHED,
            firm_id=firm_id,
        ) from None
