"""`.env.example` and the settings say the same."""

import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from bootstrap.settings import Settings, read_value
from tests.unit.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
PREFIX = "CASEBRIDGE_"
FIELDS = {field.name: field for field in fields(Settings)}
_LINE = re.compile(r"^#?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::?-([^{}]*))?")
# Their lines show the form of a value: there is no default, or it depends on the machine.
FORMS = {
    "CASEBRIDGE_DATABASE_URL",
    "CASEBRIDGE_DIRECT_DATABASE_URL",
    "CASEBRIDGE_AMQP_URL",
    "CASEBRIDGE_DATA_DIR",
    "CASEBRIDGE_SECRET_KEYS",
    "CASEBRIDGE_API_KEYS",
    "CASEBRIDGE_TRANSFER_KEY",
    "CASEBRIDGE_OPERATOR",
    "CASEBRIDGE_PUBLIC_URL",
    "CASEBRIDGE_SMTP_URL",
    "CASEBRIDGE_MAIL_FROM",
    # There is nothing that could be shown: SmartAdvocate documents none of them.
    *(PREFIX + name.upper() for name in FIELDS if name.startswith("smartadvocate_oauth_")),
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in FIELDS:
        monkeypatch.delenv(PREFIX + field.upper(), raising=False)


def listed() -> list[tuple[str, str]]:
    return _LINE.findall((ROOT / ".env.example").read_text(encoding="utf-8"))


def shown() -> dict[str, str]:
    return {name: value for name, value in listed() if name.startswith(PREFIX)}


def compose_variables() -> dict[str, str]:
    return dict(_VARIABLE.findall((ROOT / "compose.yaml").read_text(encoding="utf-8")))


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    assert shown().keys() == {PREFIX + field.upper() for field in FIELDS}


def test_no_line_is_there_twice() -> None:
    names = [name for name, _ in listed()]
    assert len(names) == len(set(names))


def test_lines_show_the_defaults() -> None:
    for name, text in shown().items():
        if name in FORMS:
            continue
        field = FIELDS[name.removeprefix(PREFIX).lower()]
        value = read_value(field.name, field.type, text) if text else field.default
        assert value == field.default, f"{name}={text} is not the default, {field.default!r}"


def test_the_forms_shown_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in shown().items():
        monkeypatch.setenv(name, value)
    settings = Settings.read()
    assert settings.named_secret_keys()
    assert settings.granted_api_keys()


def test_what_the_example_sets_by_itself_weakens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    active = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    for name, value in active.items():
        monkeypatch.setenv(name, value)
    assert Settings.read() == Settings()
    assert active == {"CASEBRIDGE_SMARTADVOCATE_HTTP_HOSTS": ""}


def test_every_variable_of_compose_is_in_the_example() -> None:
    ours = {name for name in compose_variables() if not name.startswith(PREFIX)}
    assert ours == {name for name, _ in listed() if not name.startswith(PREFIX)}


def test_the_example_shows_the_defaults_that_compose_has() -> None:
    defaults = compose_variables()
    example = dict(listed())
    assert {n: v for n, v in defaults.items() if not n.startswith(PREFIX)} == {
        n: v for n, v in example.items() if not n.startswith(PREFIX)
    }


def test_the_settings_that_compose_gives_its_processes_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    compose = read_yaml(ROOT / "compose.yaml")
    defaults = compose_variables()
    given = compose["x-settings"]
    assert given.keys() <= shown().keys()
    for name in ("CASEBRIDGE_SECRET_KEYS", "CASEBRIDGE_API_KEYS", "CASEBRIDGE_SMARTADVOCATE_HTTP_HOSTS"):
        monkeypatch.setenv(name, defaults[name])
    settings = Settings.read()
    assert settings.named_secret_keys()
    assert settings.granted_api_keys()
    assert settings.smartadvocate_http_hosts == {"sandbox"}
