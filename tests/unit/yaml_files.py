"""Reading YAML by the parser in C where there is one: every process of the tests reads it anew."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read_yaml(file: Path) -> Any:
    """Return what stands in a file; whoever asks again gets the same, which nobody changes."""
    return yaml.load(file.read_text(encoding="utf-8"), _LOADER)
