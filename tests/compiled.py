"""Modules are compiled once, before pytest-xdist starts processes that would each compile all of them."""

import compileall
import os
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

import pytest

# pytest's own, for want of anything public: `mypy` says when a release of it changes them.
from _pytest.assertion.rewrite import PYC_TAIL, _rewrite_test, _write_pyc, assertstate_key, get_cache_dir

ROOT: Final = Path(__file__).resolve().parents[1]
ROOMS: Final = ("core", "adapters", "bootstrap", "workers", "scheduler", "sandbox", "tests")


def compile_all(config: pytest.Config) -> None:
    """Compile what is not compiled yet, side by side; test files as pytest does, which rewrites asserts."""
    stale = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if _is_stale(path)]
    if not stale or not hasattr(os, "fork"):
        return
    share = os.cpu_count() or 1
    children = []
    for number in range(share):
        child = os.fork()
        if child == 0:
            try:
                for path in stale[number::share]:
                    _compile(path, config)
            finally:  # what could not be compiled is told by the process that wants it
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def _is_test(path: Path) -> bool:
    return path.name == "conftest.py" or path.name.startswith("test_")


def _compiled(path: Path) -> Path:
    if _is_test(path):
        return get_cache_dir(path) / (path.stem + PYC_TAIL)
    return Path(cache_from_source(str(path)))


def _is_stale(path: Path) -> bool:
    compiled = _compiled(path)
    return not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime


def _compile(path: Path, config: pytest.Config) -> None:
    if not _is_test(path):
        compileall.compile_file(path, quiet=2)
        return
    compiled = _compiled(path)
    compiled.parent.mkdir(exist_ok=True)
    source_hash, code = _rewrite_test(path, config)
    _write_pyc(config.stash[assertstate_key], code, source_hash, compiled)
