"""What the API's document says of problems."""

from typing import Any, Final

from fastapi import FastAPI

from adapters.web.api.event_schema import PROBLEM

PROBLEM_REF: Final = "#/components/schemas/ProblemDetails"


def describe_problems(app: FastAPI) -> None:
    """Let the document say what a problem is."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas[PROBLEM_REF.rpartition("/")[2]] = PROBLEM
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way
