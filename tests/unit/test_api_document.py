"""What the API's document says of `/v1`, the same for every operation: a new one is covered by itself."""

import json
import re
from typing import Any

import pytest

from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from tests.fakes.service import FakeService

PROBLEM = "#/components/schemas/ProblemDetails"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = create_app(FakeService().desk, ApiKeys([]), {}, secure=True)
    read: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    return read


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        if path.startswith("/v1/")
        for method, operation in methods.items()
    }


def test_every_operation_has_a_name_of_its_own_a_summary_words_and_a_tag(
    operations: dict[str, dict[str, Any]],
) -> None:
    assert len(operations) > 55
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names)
    for name, operation in operations.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"]) or "/look-up" in name, name
        assert operation["summary"], name
        assert not operation["summary"].endswith("."), name
        assert operation["description"].endswith("."), name
        assert len(operation["tags"]) == 1, name


def test_every_operation_needs_a_key_and_tells_its_refusals_as_problems(
    document: dict[str, Any], operations: dict[str, dict[str, Any]]
) -> None:
    assert set(document["components"]["schemas"]["ProblemDetails"]["required"]) == {
        "type",
        "status",
        "title",
        "detail",
        "reason",
        "next_step",
    }
    for name, operation in operations.items():
        assert operation["security"] == [{"API key": []}], name
        assert {"401", "403", "422", "503"} <= operation["responses"].keys(), name
        for status, answer in operation["responses"].items():
            if status >= "400":
                [(kind, told)] = answer["content"].items()
                assert kind == "application/problem+json", (name, status)
                assert told["schema"] == {"$ref": PROBLEM} or "title" in told["schema"]["properties"], name


def test_what_is_not_safe_can_be_sent_again(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        headers = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
        if name.startswith("POST") and "/events" not in name:
            assert "Idempotency-Key" in headers, name
        if name.startswith(("PUT", "PATCH")):
            assert "If-Match" in headers, name
            assert "412" in operation["responses"], name


def test_ids_are_text(document: dict[str, Any]) -> None:
    found = 0
    for name, schema in document["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            if field.endswith("_id"):
                kinds = [told, *told.get("anyOf", ())]
                assert {kind.get("type") for kind in kinds} <= {"string", "null", None}, (name, field)
                found += 1
    assert found > 25


def test_every_list_is_bounded(operations: dict[str, dict[str, Any]]) -> None:
    pages = [
        (name, operation)
        for name, operation in operations.items()
        if "cursor" in {p["name"] for p in operation.get("parameters", ())}
    ]
    assert len(pages) > 10
    for name, operation in pages:
        [limit] = [p["schema"] for p in operation["parameters"] if p["name"] == "limit"]
        assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 500, 50), name
