"""What the linters cannot say about the layout."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("core", "adapters", "workers", "scheduler", "sandbox")
LINES_AT_MOST = 700


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_core_imports_the_standard_library_only() -> None:
    foreign = {name for path in sources("core") for name in imports(path)} - {"core"}
    assert foreign <= set(sys.stdlib_module_names)


def test_nobody_imports_the_composition_root() -> None:
    assert not [path for path in sources(*OURS) if "bootstrap" in imports(path)]


def test_only_the_composition_root_knows_the_sandbox() -> None:
    others = sources("core", "adapters", "workers", "scheduler")
    assert not [path for path in others if "sandbox" in imports(path)]


def test_the_sandbox_knows_nothing_of_the_service() -> None:
    assert not [path for path in sources("sandbox") if set(imports(path)) & (set(OURS) - {"sandbox"})]


def test_only_the_clock_asks_the_machine_for_the_date() -> None:
    asking = {
        path.relative_to(ROOT).as_posix()
        for path in sources("core", "adapters", "workers", "scheduler")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
        if isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
    }
    assert asking == {"adapters/system/clock.py"}


def test_no_file_grows_beyond_one_noun() -> None:
    files = [*sources(*OURS), ROOT / "bootstrap.py"]
    assert not [path for path in files if len(path.read_text(encoding="utf-8").splitlines()) > LINES_AT_MOST]
