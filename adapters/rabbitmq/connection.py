"""Connecting to RabbitMQ, and what its errors mean to us."""

from urllib.parse import parse_qs, urlsplit

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from core.errors import CasebridgeError, ConfigurationError, TransientError
from core.reason import Reason

HEARTBEAT_S = 30
# A broker short of disk or memory stops reading; after this long the connection counts as lost.
BLOCKED_TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 10

# What a connection can meet with: pika's own errors, which have two roots (the second: a broker that takes
# the connection and then says nothing), the operating system's, and assertions that pika raises where a
# connection ends between two of its steps.
CONNECTION_ERRORS = (AMQPError, AMQPConnectorException, OSError, AssertionError)

_NOT_ALLOWED, _ACCESS_REFUSED, _PRECONDITION_FAILED, _INTERNAL_ERROR = 530, 403, 406, 541


def connection_parameters(amqp_url: str, purpose: str, heartbeat_s: int = HEARTBEAT_S) -> pika.URLParameters:
    """Read `amqp_url`; `purpose` is the connection's name in the broker's management pages.

    A `heartbeat` (seconds) in the URL's query is kept. Raises ConfigurationError, never showing the
    password, if it is no AMQP URL.
    """
    try:
        parameters = pika.URLParameters(amqp_url)
        parts = urlsplit(amqp_url)
        given = parse_qs(parts.query)
        if parts.scheme not in {"amqp", "amqps"} or not parts.hostname:
            raise ValueError("no AMQP URL")  # noqa: TRY301 - pika reads http and nothing at all as AMQP
    except Exception as error:  # noqa: BLE001 - pika raises what it likes
        # pika says it with ValueError, TypeError, KeyError or AssertionError, and quotes parts of the URL.
        raise ConfigurationError(
            f"CASEBRIDGE_AMQP_URL is no AMQP URL ({type(error).__name__}); "
            "it looks like amqp://user:password@host:5672/vhost, with commas between those of a cluster"
        ) from None
    if "heartbeat" not in given:
        parameters.heartbeat = heartbeat_s
    parameters.blocked_connection_timeout = BLOCKED_TIMEOUT_S
    parameters.socket_timeout = CONNECT_TIMEOUT_S
    parameters.stack_timeout = CONNECT_TIMEOUT_S
    parameters.connection_attempts = 1
    parameters.client_properties = {"connection_name": f"casebridge {purpose}"}
    return parameters


def meaning(error: BaseException, parameters: pika.URLParameters, what: str) -> CasebridgeError:
    """Return the TransientError, or ConfigurationError if only a person can cure it, that `error` stands for.

    `what` names what was attempted, for example a queue.
    """
    server = f"RabbitMQ at {parameters.host}:{parameters.port}, virtual host {parameters.virtual_host!r}"
    user = getattr(parameters.credentials, "username", "?")
    if isinstance(error, ProbableAuthenticationError | AuthenticationError):
        return ConfigurationError(f"{server} refused the log-in of {user!r}", reason=Reason.BROKER_REFUSED)
    code = error.reply_code if isinstance(error, ChannelClosedByBroker | ConnectionClosedByBroker) else None
    if isinstance(error, ProbableAccessDeniedError) or code == _NOT_ALLOWED:
        return ConfigurationError(
            f"{server} cannot be entered by {user!r}: it is not there, or the account may not use it",
            reason=Reason.BROKER_REFUSED,
        )
    if isinstance(error, ChannelClosedByBroker) and code == _PRECONDITION_FAILED:
        return ConfigurationError(
            f"{server}: {what} exists with other properties than casebridge needs ({error.reply_text})",
            reason=Reason.BROKER_DIFFERS,
        )
    if isinstance(error, ChannelClosedByBroker) and code == _ACCESS_REFUSED:
        return ConfigurationError(
            f"{server} does not let {user!r} declare {what}", reason=Reason.BROKER_REFUSED
        )
    if code == _INTERNAL_ERROR:
        # Seen with 3.10: a queue deleted while its leader was being elected is there and is not.
        return TransientError(
            f"{server} failed inside itself ({what}): {_words(error)}", reason=Reason.BROKER_UNAVAILABLE
        )
    return TransientError(
        f"{server} is out of reach ({what}): {_words(error)}", reason=Reason.BROKER_UNAVAILABLE
    )


def _words(error: BaseException) -> str:
    """Name the error; pika wraps the interesting one into several that say nothing."""
    causes = getattr(error, "args", ())
    inner = causes[0] if causes and isinstance(causes[0], BaseException) else error
    cause = getattr(inner, "exception", inner)
    text = " ".join(str(cause).split())[:200]
    return f"{type(cause).__name__}: {text}" if text else type(cause).__name__
