"""A verification as one printable page that needs nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Path(__file__).parent / "templates"


def verification_page(number: int, document: Mapping[str, Any]) -> str:
    """Return the HTML of a stored verification (`core.verification.Verification.to_data`)."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("verification.html").render(number=number, result=document)
