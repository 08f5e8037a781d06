"""What a browser posted: fields by name, each once or several times."""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from core.storable import UNSEEN

MAX_FORM_BYTES: Final = 1024 * 1024  # a mapping with thousands of names
MAX_FIELDS: Final = 20_000


class Form:
    """The fields of a form. What is absent is ""; blanks around a value are none of its own.

    Control characters that somebody pasted are left out.
    """

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = {name: [UNSEEN.sub("", value) for value in values] for name, values in fields.items()}

    def one(self, name: str) -> str:
        """Return the field's value."""
        return next(iter(self._fields.get(name, ())), "").strip()

    def all(self, name: str) -> list[str]:
        """Return every value of the field, each once, in the order in which they came; none that is empty."""
        return [value for value in dict.fromkeys(map(str.strip, self._fields.get(name, ()))) if value]

    def has(self, name: str) -> bool:
        """Tell whether the field was posted: a box that was ticked, a button that was pressed."""
        return name in self._fields

    def fields(self) -> list[tuple[str, str]]:
        """Return all of it, to be posted once more after a question."""
        return [(name, value) for name, values in self._fields.items() for value in values]


async def _posted(request: Request) -> Form:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413)
    try:
        text = body.decode("ascii")  # browsers encode everything else by %
        read = parse_qs(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(400) from None
    return Form(read)


Posted = Annotated[Form, Depends(_posted)]
"""A parameter of a route that is given the form, so that the route itself may wait for the database."""
