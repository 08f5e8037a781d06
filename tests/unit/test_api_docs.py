"""The API's document: what OpenAPI says of events, and the page that shows it without the internet."""

import hashlib
import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from adapters.web.api.event_request import MAX_BATCH_EVENTS
from adapters.web.api.event_schema import DOCUMENT_DATA, MESSAGE_DATA
from core.event import EventKind, parse_event
from tests.fakes.service import FakeService
from tests.unit.tree import ROOT

SWAGGER_UI = ROOT / "adapters/web/api/swagger_ui"
ASYNCAPI = yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text(encoding="utf-8"))
PUBLISHED = {
    "LICENSE": "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
    "NOTICE": "0d20d1adef18aee3f40dd258172155521ce702ac445cb5f7b7d60ed32dad2fb2",
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui-bundle.js.LICENSE.txt": "37eb6e7e59aed57b2c1acf076574b818ea07b74265717e0bd67b59e0baf9abbb",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    # Loaded here: it takes a second, and processes of pytest-xdist load every module of the tests.
    from adapters.web.api.keys import ApiKeys
    from adapters.web.app import create_app

    app = create_app(FakeService().desk, ApiKeys([]), {}, secure=True)
    read: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    return read


def resolved(schema: Any) -> Any:
    """The schema with what it refers to in its place, as far as it is its own: a description beside wins."""
    if isinstance(schema, list):
        return [resolved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = dict(schema)
    target: dict[str, Any] = {}
    if reference := schema.pop("$ref", None):
        target = resolved(ASYNCAPI["components"]["schemas"][reference.rpartition("/")[2]])
    return target | {name: resolved(value) for name, value in schema.items()}


@pytest.mark.parametrize(
    ("kind", "schema"), [("message-sent", MESSAGE_DATA), ("document-uploaded", DOCUMENT_DATA)]
)
def test_it_describes_the_data_as_the_asyncapi_document_does(kind: str, schema: dict[str, Any]) -> None:
    there = resolved(ASYNCAPI["components"]["schemas"][kind]["properties"]["data"])
    assert without_words(schema) == without_words(there)


def without_words(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: without_words(value) for name, value in schema.items() if name != "description"}
    return schema


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


def test_swagger_uis_files_are_as_they_were_published() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SWAGGER_UI.iterdir()}
    assert {name: digest for name, digest in found.items() if name in PUBLISHED} == PUBLISHED
    assert set(found) - set(PUBLISHED) == {"README.md", "start.js"}


def test_nothing_of_the_page_is_elsewhere() -> None:
    start = (SWAGGER_UI / "start.js").read_text(encoding="utf-8")
    style = (SWAGGER_UI / "swagger-ui.css").read_text(encoding="utf-8")
    assert not re.search(r"https?://|//[a-z]", start.replace("// What", "").replace("// the", ""))
    assert not re.search(r"url\(\s*(?![\"']?data:)|@import", style)
