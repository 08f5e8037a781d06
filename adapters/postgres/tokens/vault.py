"""Encryption of what is stored about a firm's log-in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from adapters.postgres.tokens.known_keys import mark_of
from core.errors import ConfigurationError
from core.reason import Reason

KEY_BYTES = 32  # AES-256
_log = structlog.get_logger(__name__)
_NONCE_BYTES = 12  # NIST SP 800-38D: 96 bits, random, never again with the same key


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphertext and what is needed to open it, except the key."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


class Vault:
    """AES-256-GCM under named keys: `current` seals, all of `keys` open, so keys rotate online.

    The owner's id is the associated data: a row copied to another firm does not open, nor a ciphertext in the
    place of one with another `purpose`. Raises ConfigurationError for a key that has not 32 bytes, and where
    `current` names none.
    """

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        for key_id, key in keys.items():
            if len(key) != KEY_BYTES:
                raise ConfigurationError(
                    f"secret key {key_id!r} has {len(key)} bytes; a key has {KEY_BYTES} "
                    "(CASEBRIDGE_SECRET_KEYS)"
                )
        if current not in keys:
            raise ConfigurationError(
                f"the current secret key {current!r} is not among the keys given (CASEBRIDGE_SECRET_KEYS)"
            )
        # Loaded by who has something to open: a worker is ready, and a scheduler runs, without it.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current
        self._mark = mark_of(current, keys[current])
        self._told: set[str] = set()

    def __repr__(self) -> str:
        return f"Vault(current={self._current!r})"

    @property
    def key_ids(self) -> list[str]:
        """The ids of all keys given."""
        return list(self._ciphers)

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._current

    @property
    def mark(self) -> str:
        """What stands for the key that seals, where processes are listed (`known_keys`)."""
        return self._mark

    def seal(self, plain: bytes, owner: str, purpose: str = "") -> Sealed:
        """Encrypt for this owner under the current key."""
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = self._ciphers[self._current].encrypt(nonce, plain, _associated(owner, purpose))
        return Sealed(self._current, nonce, ciphertext)

    def open(self, sealed: Sealed, owner: str, purpose: str = "") -> bytes:
        """Decrypt. Raises ConfigurationError when the key is missing, or is another one of that name."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            if self._is_first(sealed.key_id):
                _log.error("secret_key_unknown", key=sealed.key_id, known=self.key_ids)
            raise ConfigurationError(
                f"the credentials of firm {owner!r} are encrypted with key {sealed.key_id!r}, which is not "
                "among the keys given",
                reason=Reason.ENCRYPTION_KEY_MISSING,
                firm_id=owner,
            )
        from cryptography.exceptions import InvalidTag

        try:
            return cipher.decrypt(sealed.nonce, sealed.ciphertext, _associated(owner, purpose))
        except InvalidTag:
            if self._is_first(sealed.key_id):
                _log.error("secret_key_differs", key=sealed.key_id, known=self.key_ids)
        raise ConfigurationError(
            f"key {sealed.key_id!r} does not open the credentials of firm {owner!r}: it is another key "
            "of that name, or the row was altered",
            reason=Reason.ENCRYPTION_KEY_MISSING,
            firm_id=owner,
        )

    def _is_first(self, key_id: str) -> bool:
        """Tell whether it is to be said: what needs that key waits until this process is given it."""
        is_first = key_id not in self._told  # two threads may say it twice, which harms nobody
        self._told.add(key_id)
        return is_first


class NoVault(Vault):
    """Stands where no key is given: whoever needs a secret is told why there is none."""

    def __init__(self, why: ConfigurationError) -> None:
        self._why, self._reason = str(why), why.reason

    def __repr__(self) -> str:
        return "NoVault()"

    @property
    def key_ids(self) -> list[str]:
        raise self._error()

    @property
    def current(self) -> str:
        raise self._error()

    @property
    def mark(self) -> str:
        raise self._error()

    def seal(self, *_: object, **__: object) -> Sealed:
        raise self._error()

    def open(self, *_: object, **__: object) -> bytes:
        raise self._error()

    def _error(self) -> ConfigurationError:
        return ConfigurationError(self._why, reason=self._reason)


def _associated(owner: str, purpose: str) -> bytes:
    # U+0000 cannot be part of an id in Postgres, so the two never run into each other.
    return f"{owner}\0{purpose}".encode() if purpose else owner.encode()
