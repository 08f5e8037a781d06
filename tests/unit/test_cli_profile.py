"""A firm's profile is shown, set, compared and exported: checked, audited, and every key explained."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from adapters.smartadvocate.profile import read_profile
from adapters.smartadvocate.profile_keys import profile_keys
from core.actor import SYSTEM, Actor, Role
from core.errors import ConfigurationError
from core.profile import with_changes
from tests.fakes.samples import a_firm
from tests.unit.cli_shell import Shell

KEYS = profile_keys()
PAGE = (Path(__file__).parents[2] / "docs" / "profile.md").read_text(encoding="utf-8")


@pytest.fixture
def shell() -> Shell:
    shell = Shell()
    shell.service.with_firm(a_firm(), "300417")
    return shell


def a_file(folder: Path, data: object) -> str:
    path = folder / "profile.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_has_an_example_that_can_be_saved_and_stands_in_the_guide(key: Any) -> None:
    assert key.what
    assert key.example != key.default
    read_profile("north", with_changes({}, {key.name: key.example}, KEYS))
    assert re.search(
        rf"^\| `{re.escape(key.name)}` \|.+\| `{re.escape(key.example)}` \|$", PAGE, re.MULTILINE
    )
    if key.default is not None:
        read_profile("north", with_changes({}, {key.name: key.default}, KEYS))


def test_every_key_that_a_profile_may_have_is_explained() -> None:
    with pytest.raises(ConfigurationError) as outer:
        read_profile("north", {"no such key": 1})
    with pytest.raises(ConfigurationError) as routes:
        read_profile("north", {"routes": {"no such key": "x"}})
    with pytest.raises(ConfigurationError) as oauth:
        read_profile("north", {"oauth": {"no such key": "x"}})
    names = {key.name for key in KEYS}
    named = str(outer.value).rpartition("those are ")[2].split(", ")
    assert {name for name in named if name not in ("routes", "oauth")} <= names
    for error, prefix in ((routes, "routes"), (oauth, "oauth")):
        inner = str(error.value).rpartition("those are ")[2].split(", ")
        assert {f"{prefix}.{name}" for name in inner} == {n for n in names if n.startswith(f"{prefix}.")}


def test_the_profile_of_the_guide_can_be_saved() -> None:
    text = re.search(r'\{"zone".+?\n\n', PAGE, re.DOTALL)
    assert text is not None
    assert read_profile("north", json.loads(text[0])).search_sort is None


def test_single_keys_are_set_shown_and_taken_out(shell: Shell) -> None:
    assert "saved as version 1" in shell(
        "profile", "set", "north", "zone=America/New_York", "search_sort=null"
    )
    shown = {row["key"]: row for row in shell.json("profile", "show", "north")}
    assert (shown["zone"]["value"], shown["zone"]["own"]) == ("America/New_York", True)
    assert (shown["search_sort"]["value"], shown["search_sort"]["own"]) == (None, True)
    assert (shown["envelope"]["value"], shown["envelope"]["own"]) == ("auto", False)
    assert json.loads(shell("profile", "export", "north")) == {
        "zone": "America/New_York",
        "search_sort": None,
    }
    shell("profile", "set", "north", "zone=default", "routes.notes=v2/case/{case_id}/notes")
    assert json.loads(shell("profile", "export", "north")) == {
        "search_sort": None,
        "routes": {"notes": "v2/case/{case_id}/notes"},
    }
    assert "nothing differs" in shell("profile", "set", "north", "zone=default")


def test_what_is_exported_can_be_set_again_and_differs_in_nothing(shell: Shell, tmp_path: Path) -> None:
    shell("profile", "set", "north", "zone=America/New_York", "oauth.scopes=read write")
    path = tmp_path / "out.json"
    shell("profile", "export", "north", "--output", str(path))
    assert shell.json("profile", "diff", "north", str(path)) == []
    assert shell.json("profile", "diff", "north") == [
        {"key": "zone", "change": "UTC → America/New_York"},
        {"key": "oauth.scopes", "change": "– → read write"},
    ]
    assert shell.json("profile", "diff", "north", a_file(tmp_path, {"zone": "Asia/Tokyo"})) == [
        {"key": "zone", "change": "America/New_York → Asia/Tokyo"},
        {"key": "oauth.scopes", "change": "read write → –"},
    ]
    assert not shell.json("profile", "set", "north", str(path))["changed"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("zone=Nowhere",), "'zone' is 'Nowhere', which is no known time zone"),
        (("zon=UTC",), "Did you mean 'zone'?"),
        (("routes.note=x",), "Did you mean 'routes.notes'?"),
        (("routes.notes=https://evil.test/{case_id}",), "must be relative to the base URL"),
        (("routes.notes=case/notes",), "placeholders"),
        (("zone",), "is no file, and no KEY=VALUE"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_saved(
    shell: Shell, wrong: tuple[str, ...], said: str
) -> None:
    assert said in shell.fails("profile", "set", "north", *wrong)
    assert said in shell.fails("profile", "diff", "north", *wrong)
    assert shell("profile", "export", "north") == "{}\n"
    assert shell.json("mapping", "history", "north") == []


@pytest.mark.parametrize(
    "data", [[], "zone", 7, None, {"zone": 7}, {"oauth": []}, {"oauth": {"client_secret": "s"}}]
)
def test_a_file_that_is_no_profile_is_refused(shell: Shell, tmp_path: Path, data: Any) -> None:
    shell.fails("profile", "set", "north", a_file(tmp_path, data))


def test_a_change_is_a_version_and_in_the_log_and_for_managers_only(shell: Shell) -> None:
    shell("profile", "set", "north", "zone=America/New_York")
    [version] = shell.json("mapping", "history", "north", "--kind", "profile")
    assert version["data"] == {"zone": "America/New_York"}
    newest = shell.json("audit", "list")[0]
    assert newest["action"] == "profile-changed"
    assert newest["detail"] == {"version": 1, "changed": {"zone": "– → America/New_York"}}
    shell.actor = Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))
    shell.fails("profile", "set", "north", "zone=UTC", code=1)
    shell("profile", "show", "north")


def test_a_change_is_used_by_the_next_who_reads_the_firm(shell: Shell) -> None:
    shell("profile", "set", "north", "envelope=records")
    assert shell.service.desk.firms.get(SYSTEM, "north").profile == {"envelope": "records"}
    assert shell.json("firms", "show", "north")["profile"] == {"envelope": "records"}
