"""A setting that is out of its limits is named, with what it may be; a secret is never quoted."""

import pytest
from msgspec.structs import fields

from bootstrap.secret import Secret
from bootstrap.settings import Settings, variable
from bootstrap.wanted import wanted
from core.errors import ConfigurationError

FIELDS = {field.name: field.type for field in fields(Settings)}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("worker_threads", "many", "a whole number from 1 to 64"),
        ("worker_threads", "65", "a whole number from 1 to 64"),
        ("worker_threads", "8.5", "a whole number from 1 to 64"),
        ("slice_s", "nan", "a number above 0, 86400 at the most"),
        ("slice_s", "0", "a number above 0, 86400 at the most"),
        ("slice_s", "inf", "a number above 0, 86400 at the most"),
        ("log_level", "loud", "one of DEBUG, ERROR, INFO, WARNING"),
        ("cases_at_utc", "25:00", "a time of day such as 21:15"),
        ("operator_role", "king", "one of firm-admin, implementation-manager, operator"),
        ("operator", "x" * 101, "a text of 100 characters at the most"),
        ("public_url", "ftp://portal", "http:// or https:// and a host, with a port where it has one"),
        ("public_url", "https://portal/a/path", "http:// or https:// and a host"),
    ],
)
def test_a_setting_out_of_its_limits_is_told_what_it_may_be(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, words: str
) -> None:
    monkeypatch.setenv(variable(name), text)
    with pytest.raises(ConfigurationError) as told:
        Settings.read()
    assert str(told.value).startswith(f"{variable(name)} must be {words}")


@pytest.mark.parametrize("name", [name for name, kind in FIELDS.items() if kind != Secret | None])
def test_every_setting_that_can_be_wrong_has_words(name: str) -> None:
    kind = FIELDS[name]
    if kind in (frozenset[str], FIELDS["data_dir"]):
        return  # any text is one
    assert wanted(kind)


def test_a_setting_that_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBRIDGE_WORKER_THREADS", "")
    assert Settings.read().worker_threads == Settings().worker_threads


def test_secrets_are_not_shown() -> None:
    settings = Settings(
        database_url=Secret("postgresql://u:hunter2@db/x"), api_keys=Secret("a:hunter2:events:*")
    )
    assert "hunter2" not in f"{settings!r} {settings} {settings.database_url} {settings.database_url!r}"
