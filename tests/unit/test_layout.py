"""What the linters cannot say about the layout."""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from itertools import product
from typing import Final

from tests.unit.tree import (
    COMPOSITION_ROOT,
    OURS,
    ROOT,
    SERVICE,
    imports,
    nodes,
    paths,
    sources,
    statements,
    text,
)

LINES_AT_MOST = 400


def importers(package: str, *folders: str) -> list[str]:
    return [path for path in paths(*folders, words=[package]) if package in imports(path)]


def test_the_core_imports_the_standard_library_only() -> None:
    foreign = {name for path in paths("core") for name in imports(path)} - {"core"}
    assert foreign <= set(sys.stdlib_module_names)


def test_nobody_imports_the_composition_root() -> None:
    assert not importers("bootstrap", *OURS)


def test_only_the_composition_root_knows_the_sandbox() -> None:
    assert not importers("sandbox", *SERVICE)


def test_the_sandbox_knows_nothing_of_the_service() -> None:
    assert not [path for path in paths("sandbox") if imports(path) & set(SERVICE)]


def test_unit_tests_start_no_process_and_generate_nothing() -> None:
    assert not importers("subprocess", "tests/unit"), "it belongs in tests/integration"
    assert not importers("hypothesis", "tests/unit"), "it belongs in tests/properties"


def test_nothing_asks_the_machine_for_the_date() -> None:
    clocks, words = {"datetime", "date"}, {"now", "utcnow", "today"}
    asking = {
        path
        for path, tree in sources(*SERVICE, words=[f"{clock}.{word}" for clock in clocks for word in words])
        for node in nodes(tree)
        if isinstance(node, ast.Attribute) and node.attr in words
        if isinstance(node.value, ast.Name) and node.value.id in clocks
    }
    assert not asking, "the store's clock tells it (core/ports/clock.py)"


def test_no_file_grows_beyond_one_noun() -> None:
    """Whatever it is written in. Migrations are left alone once they ran, and Swagger UI is not ours."""
    written = [
        path
        for place in (*OURS, COMPOSITION_ROOT)
        for path in (ROOT / place).rglob("*")
        if path.suffix in {".py", ".sql", ".html", ".css", ".js"}
        if not {"migrations", "swagger_ui"} & set(path.parts)
    ]
    assert {path.suffix for path in written} == {".py", ".sql", ".html", ".css", ".js"}
    assert not [path for path in written if len(text(path).splitlines()) > LINES_AT_MOST]


def test_use_cases_lend_each_other_no_helpers() -> None:
    """What several need is one folder down. A whole use case may stand behind another."""
    lent = {
        f"{path}: {alias.name}"
        for path, tree in sources("core/usecases", "core/queries", words=["core.usecases"])
        for node in statements(tree)
        if isinstance(node, ast.ImportFrom) and re.fullmatch(r"core\.usecases\.\w+", node.module or "")
        for alias in node.names
        if alias.name.islower()
    }
    assert lent == set()


def test_no_container_and_no_wiring_is_used() -> None:
    """They bring a web framework into every process, and their arguments are not checked."""
    used = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for _, tree in sources(*OURS, COMPOSITION_ROOT, words=["dependency_injector"])
        for node in statements(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name for name in used if name and name.startswith("dependency_injector")} == {
        "dependency_injector.providers"
    }


def test_cloud_events_are_made_in_one_place() -> None:
    makers = paths("core", "adapters", words=['"specversion":'])
    assert sorted(makers) == ["adapters/web/api/event_schema.py", "core/cloud_event.py"], "one shows examples"


def test_each_mark_for_a_linter_says_why() -> None:
    """A mark without a reason looks like every other; nobody knows when it may go."""
    mark = re.compile(r"#\s*(?:noqa|type: ignore|pragma: no)\b(?!.*(?: - |\]\s+#|cover\s+[-#]) ?\w)")
    without = [
        f"{path}:{number}"
        for path in paths(*OURS, COMPOSITION_ROOT, "tests", words=["noqa", "type: ignore", "pragma"])
        if not path.endswith("test_layout.py")
        for number, line in enumerate(text(ROOT / path).splitlines(), 1)
        if mark.search(line)
    ]
    assert without == []


def test_nothing_is_left_for_later_and_no_test_is_left_out_without_a_reason() -> None:
    left = re.compile(r"#\s*(?:TODO|FIXME|XXX|HACK)\b")
    # pytest itself asks `skipif` for a reason.
    out = re.compile(r"\bpytest\.(?:skip|fail|xfail)\(\)|\bmark\.(?:skip|xfail)\b(?!\(.*reason=)")
    found = [
        f"{path}:{number}"
        for path in paths(*OURS, COMPOSITION_ROOT, "tests", words=["TODO", "FIXME", "XXX", "HACK", "pytest"])
        if not path.endswith("test_layout.py")
        for number, line in enumerate(text(ROOT / path).splitlines(), 1)
        if left.search(line) or out.search(line)
    ]
    assert found == []


def test_make_faults_runs_all_that_has_a_long_form() -> None:
    told = text(ROOT / "Makefile").partition("LONG :=")[2].partition(".PHONY")[0]
    listed = re.findall(r"tests/[\w/]+(?:\.py)?", told)
    listed += [f"tests/integration/test_{name}" for name in re.findall(r"(?<!/)\b\w+\.py", told)]
    asking = paths("tests", words=("pytest.mark" + ".long", 'getoption("--' + 'long")'))
    assert not [path for path in asking if not path.startswith((*listed, "tests/conftest.py"))]


def test_what_implements_a_port_inherits_it_and_says_nothing_again() -> None:
    ports = dict(_classes("core.ports"))
    adapters = [kind for _, kind in _classes("adapters")]
    ports = {name: port for name, port in ports.items() if getattr(port, "_is_protocol", False)}
    implemented = {name for name, port in ports.items() if any(port in kind.__mro__ for kind in adapters)}
    assert ports.keys() - implemented == {"Errand"}, "it is a part of a process's life, which makes it"
    repeated = {
        f"{kind.__name__}.{name}"
        for kind in adapters
        for name, member in vars(kind).items()
        for port in ports.values()
        if port in kind.__mro__ and name in vars(port) and name[0] != "_" and member.__doc__
        if member.__doc__ == vars(port)[name].__doc__
    }
    assert repeated == set()


def test_each_file_of_ports_holds_one() -> None:
    modules = {port.__module__ for _, port in _classes("core.ports") if getattr(port, "_is_protocol", False)}
    assert modules == {path[:-3].replace("/", ".") for path in paths("core/ports") if "__init__" not in path}


def test_each_table_is_written_through_one_file_of_ports() -> None:
    """By the statements beside what implements them, and beside its parts."""
    subjects: dict[str, set[str]] = {}
    ports = [port for _, port in _classes("core.ports") if getattr(port, "_is_protocol", False)]
    for _, kind in _classes("adapters.postgres"):
        for part, port in product(kind.__mro__, ports):
            if part.__module__.startswith("adapters.postgres.") and port in kind.__mro__:
                subjects.setdefault(part.__module__, set()).add(port.__module__.rpartition(".")[2])
    by_table: dict[str, set[str]] = {}
    for file in (ROOT / "adapters" / "postgres").rglob("*.sql"):
        if file.parent.name == "migrations":
            continue
        folder = ".".join(file.parent.relative_to(ROOT).parts)
        of_folder = set().union(*(names for module, names in subjects.items() if module.startswith(folder)))
        own = subjects.get(f"{folder}.{file.stem}") or (of_folder if len(of_folder) == 1 else {file.stem})
        for table in _WRITTEN.findall(_COMMENT.sub("", text(file))):
            by_table.setdefault(table, set()).update(own)
    assert {"firms", "deliveries", "outbox", "sessions"} <= by_table.keys()
    several = {table: found - _WRITES_OF_MANY for table, found in by_table.items()}
    assert {table: found for table, found in several.items() if len(found) > 1} == _WRITTEN_BY


_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_WRITTEN: Final = re.compile(r"\b(?:insert into|update(?! (?:skip|of|set)\b)|delete from) ([a-z_]+)(?=[\s(])")
# What has served its purpose goes from everywhere, and a firm moves with all that is its own.
_WRITES_OF_MANY: Final = {"removal", "moves"}
_WRITTEN_BY: Final = {
    "bulk_operations": {"bulk", "firms"},  # a firm is deleted with its own
    "rejected_events": {"inbox", "firms"},  # the same
    "firms": {"firms", "admission", "runs"},  # the pause stands in its row, and its last good night
    "runs": {"runs", "jobs"},  # a job that was lost is counted in the statement that finds it
}


def _classes(package: str) -> Iterator[tuple[str, type]]:
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        for name, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if kind.__module__ == module.name:
                yield name, kind
