"""Which port each repository of a unit of work is."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any, get_type_hints

import core.ports
from core.ports.unit_of_work import UnitOfWork


def ports_of_repositories() -> Iterator[tuple[str, Any]]:
    """Yield the name of each repository, and its port: the module of units of work loads none itself."""
    modules = [
        importlib.import_module(m.name) for m in pkgutil.iter_modules(core.ports.__path__, "core.ports.")
    ]
    ports = {name: port for module in modules for name, port in inspect.getmembers(module, inspect.isclass)}
    for name, member in inspect.getmembers(UnitOfWork, lambda member: isinstance(member, property)):
        yield name, get_type_hints(member.fget, localns=ports)["return"]
