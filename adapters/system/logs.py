"""Structured logs: JSON lines, or columns at a terminal. Never message text, names, numbers or secrets."""

import logging
import os
import re
import sys
import threading
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from enum import Enum
from types import TracebackType
from typing import Any, Final, TextIO

from adapters.system.without import without
from core.unexpected import error_chain

with without("rich"):  # a third of a process's own start, for tracebacks in frames, which we do not draw
    import structlog

# Whatever a caller binds by mistake under one of these names is not written.
_PRIVATE: Final = frozenset(
    {
        "text",
        "body",
        "password",
        "token",
        "authorization",
        "secret",
        "api_key",
        "phone",
        "email",
        "sender_name",
    }
)

# What every line begins with, in this order: files are sorted and searched by time.
_FIRST: Final = ("timestamp", "level", "event", "firm_id", "reason")

# Control characters, ends of lines by Unicode, and marks of direction.
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

logger: Final = structlog.get_logger
_log: Final = structlog.get_logger(__name__)


def configure_logs(level: str = "INFO", style: str = "auto") -> None:
    """Set up structlog and the standard library's logging alike. `style`: auto, json or console.

    Colours are for terminals: `console` writes none into a file or a pipe, nor where the environment's
    NO_COLOR, or a TERM that is dumb, asks for none.
    """
    terminal = sys.stderr.isatty()
    console = style == "console" or (style == "auto" and terminal)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_private,
        _plain_words,
    ]
    rendering: list[Any] = (
        [_show_signs, structlog.dev.ConsoleRenderer(colors=terminal and _may_colour(), sort_keys=False)]
        if console
        else [structlog.processors.JSONRenderer(ensure_ascii=False), _escape_signs]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )
    handler = _Lines(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _places,
                _time_first,
                *rendering,
            ],
        )
    )
    _tell_what_nobody_caught()
    handler.addFilter(_is_not_said_by_us)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs tracebacks of what we report in words
    # Their own lines at INFO would name every connection and request.
    for chatty in ("httpx2", "httpcore2", "dramatiq", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _Lines(logging.StreamHandler[TextIO]):
    """Says of a line that could not be made where it came from, without its words: they may hold anything.

    The library's own way would be a traceback with all of them.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """See `logging.Handler`."""
        error = sys.exc_info()[1]
        if record.name == __name__ or isinstance(error, OSError):
            return  # nobody reads on, or this very line fails
        facts = {"logger": record.name, "where": f"{record.filename}:{record.lineno}"}
        _log.error("line_not_written", error_type=type(error).__name__, **facts)


def _may_colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _places(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an exception that comes with a line, ours or a library's: type and places, without its words."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        event["error_chain"] = error_chain(error)
    return event


def _tell_what_nobody_caught() -> None:
    """Let exceptions that end a thread, or the process, leave a line like any other."""

    def in_thread(found: threading.ExceptHookArgs) -> None:
        if found.exc_type is not SystemExit:
            name = found.thread.name if found.thread else None
            _log.error("unexpected_error", doing="thread", thread=name, exc_info=found.exc_value)

    def in_process(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if not isinstance(error, KeyboardInterrupt):
            _log.error("unexpected_error", doing="process", exc_info=error)

    def nowhere(found: "sys.UnraisableHookArgs") -> None:
        _log.error("unexpected_error", doing="clean-up", exc_info=found.exc_value)

    threading.excepthook, sys.excepthook, sys.unraisablehook = in_thread, in_process, nowhere


def _is_not_said_by_us(record: logging.LogRecord) -> bool:
    """Leave out Dramatiq's line that a consumer lost its broker: six every few seconds. We say it once."""
    return not (
        record.name.startswith("dramatiq.")
        and str(record.msg).startswith("Consumer encountered a connection")
    )


def _plain_words(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write the words of enumerations, times and spans, not how they look to a programmer."""
    for name, value in event.items():
        if name != "exc_info":  # whose three parts others look for
            event[name] = _plain(value)
    return event


def _plain(value: Any, depth: int = 4) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, depth - 1) for item in value]
    if depth and isinstance(value, dict):
        return {_plain(key, 0): _plain(of, depth - 1) for key, of in value.items()}
    return value


def _show_signs(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write what a terminal would obey, or that turns text around, in letters: others choose their names."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], value)
    return event


def _escape_signs(_logger: Any, _method: str, line: str) -> str:
    """Do the same to a line of JSON, whose readers get back what it was: all of it stands in its strings."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def _time_first(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    first = {name: event[name] for name in _FIRST if name in event}
    return {**first, **event}


def _drop_private(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in _PRIVATE & event.keys():
        event[name] = "(withheld)"
    return event
