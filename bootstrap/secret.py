"""A setting that is shown to nobody by accident."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A password, a key or a URL with one. Only `get_secret_value` gives it."""

    _text: str

    def get_secret_value(self) -> str:
        """Return what was set."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('**********')"
