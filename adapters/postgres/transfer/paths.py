"""A firm's file on disk: its owner's alone, and there when it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from core.errors import ConfigurationError

_OWNER_ONLY: Final = 0o600


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write, which gets its name when all of it is on the disk, and is gone otherwise.

    Raises ConfigurationError where there is one of this name, and where none can be made.
    """
    descriptor, part = _begun(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            with _told(part):
                file.flush()
                os.fsync(file.fileno())
        with _told(path):
            part.rename(path)
            _sync(path.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def must_take_a_file(path: Path) -> None:
    """Raise as `new_file` at its beginning, and leave nothing there."""
    descriptor, part = _begun(path)
    os.close(descriptor)
    part.unlink()


@contextmanager
def known_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to read. Raises ConfigurationError where it cannot be read."""
    with _told(path):
        file = path.open("rb")
    with file, _told(path):
        yield file


def _begun(path: Path) -> tuple[int, Path]:
    """Return the file that is to get the name, and its own name until then."""
    if path.exists():
        raise ConfigurationError(f"{path} is there already; it may be all there is of a firm")
    part = path.with_name(f"{path.name}.part")
    with _told(part):
        with suppress(FileNotFoundError):
            part.unlink()
        return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), part
    raise AssertionError(path)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    why = ""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
    if why:
        raise ConfigurationError(f"{path} cannot be used: {why}")


def _sync(folder: Path) -> None:
    """Let the name outlast a loss of power, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
