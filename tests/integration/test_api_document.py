"""The API's document: what it says of events, and the same of every operation of `/v1`, of a new one too.

The whole application makes it, which takes two seconds of a processor: once, for all of these.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from adapters.web.api.event_request import MAX_BATCH_EVENTS
from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from core.event import EventKind, parse_event
from tests.fakes.service import FakeService

GUIDE: Final = Path(__file__).parents[2] / "docs" / "api.md"
PROBLEM: Final = "#/components/schemas/ProblemDetails"


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


def test_an_event_has_a_body_with_schema_and_examples_that_the_code_takes(document: dict[str, Any]) -> None:
    content = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]
    schema = content["application/cloudevents+json"]["schema"]
    examples = content["application/cloudevents+json"]["examples"]
    assert set(examples) == set(EventKind)
    for kind, example in examples.items():
        jsonschema.validate(example["value"], schema)
        assert parse_event(json.dumps(example["value"]).encode()).kind == kind
    batch = content["application/cloudevents-batch+json"]
    jsonschema.validate(batch["example"], batch["schema"])
    assert batch["schema"]["maxItems"] == MAX_BATCH_EVENTS
    data = content["application/json"]
    jsonschema.validate(data["example"], data["schema"])


def test_an_event_needs_a_key_and_the_document_says_how_it_is_sent(document: dict[str, Any]) -> None:
    [need] = document["paths"]["/v1/events"]["post"]["security"]
    [name] = need
    assert (
        document["components"]["securitySchemes"][name].items()
        >= {"type": "http", "scheme": "bearer"}.items()
    )
    assert "parameters" not in document["paths"]["/v1/events"]["post"]
    for open_to_all in ("/livez", "/readyz", "/metrics"):
        assert "security" not in document["paths"][open_to_all]["get"]


def test_every_schema_of_the_document_is_one(document: dict[str, Any]) -> None:
    found = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("schema"), dict):
                found.append(value["schema"])
            for item in value.values():
                walk(item)

    walk(document)
    assert len(found) > 5
    for schema in found:
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_path_that_the_guide_names_is_one(document: dict[str, Any]) -> None:
    told = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/v1/[^`]*)`", GUIDE.read_text(encoding="utf-8"))
    assert len(told) >= 6
    for method, path in told:
        assert method.lower() in document["paths"][path], (method, path)
