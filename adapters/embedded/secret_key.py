"""The encryption key of an installation on one machine: made once, kept beside its data."""

import base64
import os
import secrets
from pathlib import Path

from core.errors import ConfigurationError
from core.reason import Reason


def secret_key(data_dir: Path) -> str:
    """Return the base64 of 32 bytes in `secret.key`, made at the first call with mode 0600.

    Raises ConfigurationError where the file cannot be made or read.
    """
    path = data_dir / "secret.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            part = path.with_name(f"secret.key.{os.getpid()}")
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(base64.b64encode(secrets.token_bytes(32)))
            part.replace(path)
        text = path.read_text(encoding="ascii")
        base64.b64decode(text, validate=True)
        return text
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its content is no key"
        raise ConfigurationError(
            f"{path} cannot be used: {why}", reason=Reason.DATA_FOLDER_UNUSABLE
        ) from None
