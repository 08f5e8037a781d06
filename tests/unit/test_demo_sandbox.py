"""What the sandbox needs beside the service is asked for in words, not by a traceback."""

import importlib.util
import tomllib
from pathlib import Path

import pytest

from adapters.cli.demo_sandbox import require_sandbox
from core.errors import CasebridgeError

ROOT = Path(__file__).parents[2]


def of_the_group_demo() -> list[str]:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return [line.partition(">")[0].replace("-", "_") for line in groups["demo"]]


@pytest.mark.parametrize("lacking", of_the_group_demo())
def test_an_environment_without_the_sandboxs_libraries_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    """Seen: what README makes has no python-multipart, and `casebridge sandbox` ended with a traceback."""
    require_sandbox()
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == lacking else there(name))
    with pytest.raises(CasebridgeError, match=f"needs {lacking}.*--group demo"):
        require_sandbox()
