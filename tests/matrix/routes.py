"""The routes of the running application, and a request for each that is about one firm."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DEPTH: Final = 6


@dataclass(frozen=True)
class Asking:
    """One request. `path` is filled in, `route` as it is declared."""

    method: str
    route: str
    path: str
    body: Any = field(default=None)

    @property
    def is_of_the_api(self) -> bool:
        return self.route.startswith("/v1")

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """Yield all routes, those of routers that were included as well."""

    def walk(found: Any) -> Iterator[APIRoute]:
        for route in found:
            if isinstance(route, APIRoute):
                yield route
            elif hasattr(route, "original_router"):
                yield from walk(route.original_router.routes)

    yield from walk(app.routes)


def asking(app: FastAPI, values: Mapping[str, str]) -> list[Asking]:
    """Return a request for each method of each route. `values` are for what stands in paths, by name.

    Raises AssertionError for a name that has none: whoever adds a route with a new one gives it a value.
    """
    document = app.openapi()
    made = []
    for route in routes(app):
        names = [parameter.name for parameter in route.dependant.path_params]
        names += [name for name in route.param_convertors if name not in names]
        missing = [name for name in names if name not in values]
        assert not missing, f"{route.path} has {missing} in its path: give it a value in test_matrix.py"
        path = route.path_format.format(**{name: values[name] for name in names})
        for method in sorted((route.methods or set()) & set(_METHODS)):
            operation = document["paths"].get(route.path_format, {}).get(method.lower(), {})
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            body = None if schema is None else example(schema, document)
            made.append(Asking(method, route.path, path, body))
    return made


def example(schema: Any, document: Mapping[str, Any], depth: int = 0) -> Any:
    """Return something that a schema allows, as small as it may be."""
    if not isinstance(schema, dict) or depth > _DEPTH:
        return None
    if "$ref" in schema:
        return example(
            document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, depth + 1
        )
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if schema.get(several):
            return example(schema[several][0], document, depth + 1)
    kind = schema.get("type")
    if kind == "object":
        known = schema.get("properties", {})
        return {
            name: example(known.get(name, {}), document, depth + 1) for name in schema.get("required", ())
        }
    if kind == "array":
        return [example(schema.get("items"), document, depth + 1) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        return _text(schema)
    if kind in {"integer", "number"}:
        return schema.get("minimum", 1)
    return True if kind == "boolean" else None


def _text(schema: Mapping[str, Any]) -> str:
    by_format = {"date-time": "2027-01-01T00:00:00Z", "date": "2027-01-01", "uri": "https://elsewhere.test/"}
    found = by_format.get(str(schema.get("format", "")))
    return "x" * max(1, int(schema.get("minLength", 1))) if found is None else found
