"""Errors of others: whatever a library or a defect raises is made one of ours before it leaves a use case."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast

from core.errors import CasebridgeError, TransientError, UnexpectedError

P = TypeVar("P")
E = TypeVar("E", bound=CasebridgeError)
_NAMED: Final = 60  # characters of an exception's name
_PANICS: Final = "pyo3_runtime"  # the module of PanicException, which is nowhere to be imported from


def unexpected(error: BaseException, where: str, *, firm_id: str | None = None) -> UnexpectedError:
    """Return what is told of a foreign error: its type and where it came up, never its message.

    Its message may quote what a client wrote.
    """
    name = type(error).__name__[:_NAMED]
    told = UnexpectedError(f"an unexpected {name} in {where}", firm_id=firm_id)
    told.__cause__ = error
    return told


def kept(error: E) -> E:
    """Return an error of ours that is kept as a value, without the way on which it came.

    That way holds what was read there, an answer of many MiB perhaps. Kept by who stands on it, the error
    would keep that alive until the garbage collection comes by.
    """
    error.__traceback__ = error.__context__ = None
    return error


def is_an_end(error: BaseException) -> bool:
    """Tell whether it is to end what it comes up in: a process, a thread, a task.

    So is all that is no Exception, but for a panic of a library in Rust, which costs what was being done, and
    no more. A group is what it holds.
    """
    if isinstance(error, BaseExceptionGroup):
        return any(map(is_an_end, error.exceptions))
    return not isinstance(error, Exception) and type(error).__module__ != _PANICS


@contextmanager
def foreign_errors_told(where: str) -> Iterator[None]:
    """Raise UnexpectedError for what is no error of ours."""
    try:
        yield
    except CasebridgeError:
        raise
    except BaseException as error:
        if is_an_end(error):
            raise
        raise unexpected(error, where) from error


class Steps:
    """Things that do not depend on each other: one that fails holds up none of those after it.

    `first` is the first error there was, if any.
    """

    def __init__(self) -> None:
        self.first: CasebridgeError | None = None

    @contextmanager
    def each(self, where: str) -> Iterator[None]:
        """Do one of them. A TransientError is everybody's, and raised; any other error waits for the end."""
        try:
            yield
        except UnexpectedError as error:
            self.first = self.first or error
        except TransientError:
            raise
        except CasebridgeError as error:
            self.first = self.first or error
        except BaseException as error:
            if is_an_end(error):
                raise
            self.first = self.first or unexpected(error, where)

    def raise_first(self) -> None:
        """Raise the first error there was, if any."""
        if self.first is not None:
            raise self.first


def guarded(part: P) -> P:
    """Return `part`, whose public methods raise errors of ours only, also while what they return is read."""
    return part if isinstance(part, _Guarded) else cast("P", _Guarded(part))


class _Guarded:
    """Stands for a part, also where something of it is set."""

    _part: Any

    def __init__(self, part: Any) -> None:
        object.__setattr__(self, "_part", part)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._part, name, value)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        return _told(found, f"{type(self._part).__name__}.{name}") if callable(found) else found

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return _told(self._part, type(self._part).__name__)(*arguments, **named)


def _told(call: Any, where: str) -> Any:
    def told(*arguments: Any, **named: Any) -> Any:
        with foreign_errors_told(where):
            answer = call(*arguments, **named)
        return _read_on(answer, where) if isinstance(answer, Iterator) else answer

    return told


def _read_on(answer: Iterator[Any], where: str) -> Iterator[Any]:
    with foreign_errors_told(where):
        yield from answer
