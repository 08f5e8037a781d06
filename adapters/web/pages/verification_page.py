"""A verification as one printable page that needs nothing else."""

from collections.abc import Mapping
from typing import Any

from adapters.web.pages.shell.template import templates


def verification_page(number: int, document: Mapping[str, Any]) -> str:
    """Return the HTML of a stored verification (`core.verification.Verification.to_data`)."""
    return templates().get_template("verification.html").render(number=number, result=document)
