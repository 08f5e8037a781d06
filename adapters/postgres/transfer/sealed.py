"""A file that nobody reads, alters or shortens unnoticed: AES-256-GCM in pieces of one stream.

As in "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance" (Hoang, Reyhanitabar,
Rogaway and Vizár, 2015; STREAM): each piece's nonce holds its place and whether it is the last, so none can
be left out, moved, repeated or cut off. Each file has a key of its own, made from the transfer key and random
bytes of the file's head (HKDF, RFC 5869).
"""

import os
import struct
from typing import BinaryIO, Final

from core.errors import ConfigurationError
from core.reason import Reason

MAGIC: Final = b"casebridge firm file 1\n"
_SALT_BYTES: Final = 16
_PIECE: Final = 256 * 1024  # bytes before encryption
_TAG_BYTES: Final = 16
_LENGTH: Final = struct.Struct(">I")


class SealedWriter:
    """Encrypts what is written. Nothing of it can be read before `close`."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        salt = os.urandom(_SALT_BYTES)
        self._file = file
        self._cipher = _Cipher(key, salt)
        self._waiting = bytearray()
        file.write(MAGIC + salt)

    def write(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        self._waiting += data
        while len(self._waiting) > _PIECE:  # the last one is written by `close`, which knows it
            self._put(bytes(self._waiting[:_PIECE]), is_last=False)
            del self._waiting[:_PIECE]

    def close(self) -> None:
        """Write the last piece. The file itself stays open."""
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        sealed = self._cipher.seal(piece, is_last=is_last)
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)


class SealedReader:
    """Reads what a SealedWriter wrote. Raises ConfigurationError for anything else, at the first piece."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file = file
        if file.read(len(MAGIC)) != MAGIC:
            raise unusable("it is no file of a firm, or one of another release")
        self._cipher = _Cipher(key, file.read(_SALT_BYTES))
        self._following = file.read(_LENGTH.size)
        self._read = bytearray()

    def read(self, length: int) -> bytes:
        """Return exactly so many bytes."""
        while len(self._read) < length:
            if not self._following:
                raise unusable("it ends too early")
            self._read += self._next()
        taken = bytes(self._read[:length])
        del self._read[:length]
        return taken

    def must_be_over(self) -> None:
        """Raise unless all was read."""
        while self._following:
            self._read += self._next()
        if self._read:
            raise unusable("there is more than it says")

    def _next(self) -> bytes:
        if len(self._following) < _LENGTH.size:
            raise unusable("it is cut")
        (length,) = _LENGTH.unpack(self._following)
        if not _TAG_BYTES <= length <= _PIECE + _TAG_BYTES:
            raise unusable("it was altered")
        sealed = self._file.read(length)
        self._following = self._file.read(_LENGTH.size)
        return self._cipher.open(sealed, is_last=not self._following)


class _Cipher:
    """Seals pieces one after the other, or opens them in the same order."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        # Loaded by who moves a firm.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        own = HKDF(algorithm=SHA256(), length=32, salt=salt, info=MAGIC).derive(key)
        self._aes = AESGCM(own)
        self._place = 0

    def seal(self, piece: bytes, *, is_last: bool) -> bytes:
        return self._aes.encrypt(self._nonce(is_last), piece, MAGIC)

    def open(self, sealed: bytes, *, is_last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._aes.decrypt(self._nonce(is_last), sealed, MAGIC)
        except InvalidTag:
            pass
        raise unusable("it was cut or altered, or encrypted with another transfer key")

    def _nonce(self, is_last: bool) -> bytes:
        self._place += 1
        return struct.pack(">7xI?", self._place, is_last)


def unusable(why: str) -> ConfigurationError:
    """Return the error of a file that cannot be used."""
    return ConfigurationError(f"the firm's file cannot be used: {why}", reason=Reason.FIRM_FILE_UNUSABLE)
