"""Reading the fields of an event: each as its rule says, and all that is wrong at once."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from core.case_id import normal_case_id
from core.errors import FieldFault
from core.instant import MOST_AHEAD, is_no_time, is_rfc3339, read_instant
from core.reason import Reason
from core.storable import storable

MAX_ID_CHARACTERS: Final = 200

_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")
_WEB_ADDRESS: Final = re.compile("https?://", re.IGNORECASE)  # a scheme in any letter case (RFC 3986, 3.1)
_NO_INSTANT: Final = datetime.min.replace(tzinfo=UTC)
_Choice = TypeVar("_Choice")


class Fields:
    """The fields of one JSON object. `within` stands before their names in words: "data." or nothing.

    A field that is wrong is added to `faults`, which never quote it, and read as something empty of its type:
    an object with faults is not to be used. What is null is not there. `now` (UTC) is the store's time.
    """

    def __init__(
        self, values: Mapping[str, Any], within: str, faults: list[FieldFault], now: datetime | None
    ) -> None:
        self._values = values
        self._within = within
        self._faults = faults
        self._now = now

    def fault(self, name: str, must: str, reason: Reason = Reason.MALFORMED) -> None:
        """Note what is wrong: `must` follows the field's name."""
        field = f"{self._within}{name}"
        self._faults.append(FieldFault(field, f"{field} {must}", reason))

    def text(self, name: str, limit: int = MAX_ID_CHARACTERS) -> str:
        """Read words that are not blank, up to `limit` characters; never mended, as ids are read so."""
        return self._text(name, self._values.get(name), limit)

    def name(self, name: str, limit: int) -> str:
        """Read words of a person as `text` does, mended where they cannot be stored (`core.storable`)."""
        value = self._values.get(name)
        return self._text(name, storable(value) if isinstance(value, str) else value, limit)

    def optional_text(self, name: str) -> str | None:
        """Read words that may be absent."""
        return self.text(name) if self._values.get(name) is not None else None

    def case_id(self, name: str) -> str:
        """Read the id of a case, as SmartAdvocate writes it."""
        return normal_case_id(self.text(name))

    def words(self, name: str, limit_bytes: int) -> str:
        """Read text that may be empty, up to `limit_bytes` in UTF-8, mended as `name` does."""
        value = self._values.get(name)
        if not isinstance(value, str):
            self.fault(name, "must be a string")
        elif len((text := storable(value)).encode()) <= limit_bytes:
            return text
        else:
            self.fault(name, f"is over {limit_bytes} bytes", Reason.OVERSIZED)
        return ""

    def names(self, name: str, limit: int) -> tuple[str, ...]:
        """Read a list of names, up to `limit` of them, mended as `name` does; absent is empty."""
        value = self._values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault(name, "must be a list of file names")
        elif len(value) > limit:
            self.fault(name, f"has over {limit} names", Reason.OVERSIZED)
        else:
            return tuple(map(storable, value))
        return ()

    def one_of(self, name: str, choices: Mapping[str, _Choice]) -> _Choice:
        """Read one of these words."""
        value = self._values.get(name)
        if isinstance(value, str) and value in choices:
            return choices[value]
        self.fault(name, f"must be {' or '.join(choices)}")
        return next(iter(choices.values()))

    def whole(self, name: str, limit: int) -> int:
        """Read a whole number from 0 to `limit`, however JSON writes it: 4, 4.0, 4e0."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            self.fault(name, "must be a whole number of bytes, 0 or more")
        elif value > limit:
            self.fault(name, f"must be a whole number of bytes; the limit is {limit}", Reason.OVERSIZED)
        elif value != int(value):
            self.fault(name, "must be a whole number of bytes, 0 or more")
        else:
            return int(value)
        return 0

    def sha256(self, name: str) -> str | None:
        """Read 64 hex digits, in lower case, that may be absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _SHA256.fullmatch(value):
            return value.lower()
        self.fault(name, "must be 64 hex digits, or absent")
        return None

    def url(self, name: str, limit: int) -> str:
        """Read an http(s) address."""
        value = self.text(name, limit)
        if value and not _WEB_ADDRESS.match(value):
            self.fault(name, "must be an http(s) URL")
        return value

    def instant(self, name: str) -> datetime:
        """Read when something happened: an RFC 3339 time in UTC that was meant, and has come."""
        try:
            moment = self._rfc3339(name)
        except OverflowError:  # just before year 1, or after 9999
            self.fault(name, "is no time at which something can have happened")
            return _NO_INSTANT
        if moment is None:
            return _NO_INSTANT
        if is_no_time(moment):
            self.fault(name, f"is {moment.date()}, by which programs mean that they have no time")
        elif self._now is not None and moment - self._now > MOST_AHEAD:
            self.fault(
                name, f"is {moment.date()}, over a day ahead; here it is {self._now:%Y-%m-%d %H:%M} UTC"
            )
        else:
            return moment
        return _NO_INSTANT

    def timestamp(self, name: str) -> None:
        """Hold an optional field to its form, an RFC 3339 time that exists: nothing depends on when it is."""
        if self._values.get(name) is not None:
            with suppress(OverflowError):
                self._rfc3339(name)

    def _rfc3339(self, name: str) -> datetime | None:
        """Read a time; None where it is noted as a fault. Raises OverflowError."""
        value = self._values.get(name)
        if isinstance(value, str):
            try:
                return read_instant(value)
            except ValueError:
                if is_rfc3339(value):
                    self.fault(name, "is not a date that exists")
                    return None
        self.fault(name, "must be an RFC 3339 time with an offset")
        return None

    def _text(self, name: str, value: object, limit: int) -> str:
        if not isinstance(value, str) or not value.strip():
            self.fault(name, "must be a non-empty string")
        elif len(value) > limit:
            self.fault(name, f"has {len(value)} characters; the limit is {limit}", Reason.OVERSIZED)
        elif self._is_storable(name, value):
            return value
        return ""

    def _is_storable(self, name: str, value: str) -> bool:
        """Lone surrogates and NUL can be said in JSON but stored nowhere."""
        if value.isascii() and "\x00" not in value:
            return True  # as most are
        if "\x00" in value:
            self.fault(name, "holds the character U+0000")
            return False
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fault(name, "is not valid Unicode text")
            return False
        return True
