"""The pages' files: as they were published, with their hash in the address, and nothing from elsewhere."""

import hashlib
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adapters.web.pages.shell.assets import ASSETS, Assets
from adapters.web.pages.shell.template import TEMPLATES

PUBLISHED = {
    "htmx.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "LICENSE": "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
}


def a_browser(assets: Assets) -> TestClient:
    app = FastAPI()
    app.include_router(assets.routes())
    return TestClient(app)


def test_htmx_is_as_it_was_published() -> None:
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (ASSETS / "htmx").iterdir()}
    assert found.pop("README.md")
    assert found == PUBLISHED


def test_a_file_is_kept_for_ever_under_the_hash_of_its_content_and_is_nowhere_else() -> None:
    assets = Assets()
    browser, url = a_browser(assets), assets.url("casebridge.css")
    answer = browser.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert hashlib.sha256(answer.content).hexdigest().startswith(url.split("/")[2])
    for path in (
        "/assets/0000000000000000/casebridge.css",
        "/assets/x/README.md",
        "/assets/x/..%2Ftemplate.py",
    ):
        assert browser.get(path).status_code == 404, path


def test_the_picture_that_browsers_ask_for_by_themselves_may_be_another_one_tomorrow() -> None:
    assets = Assets()
    answer = a_browser(assets).get("/favicon.ico", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, assets.url("mark.svg"))
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_no_page_has_a_script_or_style_of_its_own_or_anything_from_elsewhere() -> None:
    for file in TEMPLATES.rglob("*.html"):
        if file.name == "verification.html":
            continue  # stands alone in a file
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|javascript:", text), file
        assert not re.search(r"(src|href|action)=\"https?:", text), file
        assert "hx-on" not in text, file
        assert not re.search(r"data-hx-[a-z]+=\"(js|javascript):", text), file


@pytest.mark.parametrize("name", ["casebridge.css", "live.js", "drag.js"])
def test_style_and_script_ask_for_nothing(name: str) -> None:
    text = (ASSETS / name).read_text(encoding="utf-8")
    assert not re.search(r"@import|url\(|https?:|fetch\(|eval\(|Function\(|innerHTML|\.style\b", text)


def test_what_refreshes_by_itself_holds_no_form() -> None:
    """Refreshing must never disturb typing, a ticked box or an open question."""
    for file in TEMPLATES.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        for part in re.findall(r"{% call ui\.live\(.*?%}(.*?){% endcall %}{# live #}", text, re.DOTALL):
            assert not re.search(
                r"<(form|input|select|textarea)|ui\.(field|area|select|check|confirm)", part
            ), file
        assert text.count("{% call ui.live(") == text.count("{% endcall %}{# live #}"), file
