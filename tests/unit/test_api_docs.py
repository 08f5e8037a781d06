"""What the API's document says of events, and the page that shows it without the internet."""

import hashlib
import re
from typing import Any

import pytest

from adapters.web.api.event_schema import DOCUMENT_DATA, MESSAGE_DATA
from tests.unit.tree import ROOT
from tests.unit.yaml_files import read_yaml

SWAGGER_UI = ROOT / "adapters/web/api/swagger_ui"
ASYNCAPI = read_yaml(ROOT / "docs/asyncapi.yaml")
PUBLISHED = {
    "LICENSE": "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
    "NOTICE": "0d20d1adef18aee3f40dd258172155521ce702ac445cb5f7b7d60ed32dad2fb2",
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui-bundle.js.LICENSE.txt": "37eb6e7e59aed57b2c1acf076574b818ea07b74265717e0bd67b59e0baf9abbb",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}


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


def test_swagger_uis_files_are_as_they_were_published() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SWAGGER_UI.iterdir()}
    assert {name: digest for name, digest in found.items() if name in PUBLISHED} == PUBLISHED
    assert set(found) - set(PUBLISHED) == {"README.md", "start.js"}


def test_nothing_of_the_page_is_elsewhere() -> None:
    start = (SWAGGER_UI / "start.js").read_text(encoding="utf-8")
    style = (SWAGGER_UI / "swagger-ui.css").read_text(encoding="utf-8")
    assert not re.search(r"https?://|//[a-z]", start.replace("// What", "").replace("// the", ""))
    assert not re.search(r"url\(\s*(?![\"']?data:)|@import", style)
