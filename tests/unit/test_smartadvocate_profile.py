"""The routes table, a firm's profile, and its address."""

from typing import Any

import pytest

from adapters.smartadvocate.base_url import normalise_base_url
from adapters.smartadvocate.hosts import smartadvocate_hosts
from adapters.smartadvocate.profile import check_of_profiles, read_profile
from adapters.smartadvocate.routes import ROUTES, Grade, Purpose
from adapters.smartadvocate.site import Sites
from core.errors import ConfigurationError, ConnectionRejectedError
from core.firm import Firm


def test_every_purpose_has_one_route_and_every_guess_says_so() -> None:
    assert [route.purpose for route in ROUTES] == list(Purpose)
    assert all(route.note for route in ROUTES if route.grade is Grade.UNVERIFIED)
    grades = {route.purpose: route.grade for route in ROUTES}
    assert grades[Purpose.INSERT_NOTE] is grades[Purpose.SEARCH_CASES] is Grade.UNVERIFIED


def test_a_route_can_be_corrected_for_one_firm() -> None:
    profile = read_profile("north", {"routes": {"search_cases": "case/cases/byDatePaged"}})
    assert profile.routes[Purpose.SEARCH_CASES].path == "case/cases/byDatePaged"
    assert profile.routes[Purpose.NOTES] in ROUTES


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"route": {}}, "'route' is not a key"),
        ({"routes": []}, "routes"),
        ({"routes": {"find_cases": "x"}}, "routes.find_cases"),
        ({"routes": {"notes": "https://evil.test/{case_id}"}}, "routes.notes"),
        ({"routes": {"notes": "//evil.test/{case_id}"}}, "routes.notes"),
        ({"routes": {"notes": "/case/{case_id}/notes"}}, "routes.notes"),
        ({"routes": {"notes": "../{case_id}/notes"}}, "routes.notes"),
        ({"routes": {"notes": "case/notes"}}, "placeholders"),
        ({"routes": {"notes": "case/{case_id}/{case_number}"}}, "placeholders"),
        ({"routes": {"notes": "case/{case_id}/{case_id}"}}, "placeholders"),
        ({"routes": {"notes": 7}}, "routes.notes"),
        ({"routes": {"notes": "case/{case_id}/notes\r\nX: y"}}, "routes.notes"),
        ({"envelope": 5}, "envelope"),
        ({"envelope": ""}, "envelope"),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"note_type_id": 57}, "note_type_id"),
        ({"search_sort": 1}, "search_sort"),
        ({"envelope": "a" * 101}, "envelope"),
        ({"zone": "UTC; x"}, "zone"),
        ({"zone": "America/" + "x" * 90}, "zone"),
        ({"zone": 7}, "zone"),
    ],
)
def test_a_profile_that_cannot_be_used_names_firm_and_key(data: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_profile("north", data)
    assert "'north'" in str(caught.value)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"search_sort": "; DROP"}, "search_sort"),
        ({"search_tie_sort": "caseID desc"}, "search_tie_sort"),
        ({"envelope": "é"}, "envelope"),
        ({"envelope": "a" * 101}, "envelope"),
        ({"closed_date_field": "date<Closed>"}, "closed_date_field"),
        ({"stage_field": "{stage}"}, "stage_field"),
    ],
)
def test_a_field_is_a_name_when_it_is_given(data: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"'north'.*'{named}'"):
        check_of_profiles(smartadvocate_hosts())("north", data)


def test_a_firm_goes_on_with_a_field_that_nobody_could_give_any_more() -> None:
    assert read_profile("north", {"closed_date_field": "Date Closed"}).closed_date_field == "Date Closed"


@pytest.mark.parametrize("key", ["authorize_url", "token_url", "revoke_url", "discovery_url"])
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "https://169.254.169.254/token",
        "https://169.254.169.254/{host}/token?of={host}",
        "https://[::ffff:7f00:1]/token",
        "https://0x7f000001/token",
        "https://inside.test/token",
        "http://sa.quill.test/token",
        "https://ada:secret@sa.quill.test/token",
        "https://sa.quill.test:0/token",
        "ftp://sa.quill.test/token",
        "oauth/token",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_may_not_be_called_is_refused_when_it_is_given(key: str, url: str) -> None:
    known = {"sa.quill.test": ["203.0.114.7"], "inside.test": ["10.0.0.7"]}
    check = check_of_profiles(smartadvocate_hosts(resolve=lambda host: known.get(host, [])))
    with pytest.raises(ConfigurationError, match=rf"'north'.*'oauth\.{key}'"):
        check("north", {"oauth": {key: url}})


@pytest.mark.parametrize(
    "url",
    [
        "https://sa.quill.test/token",
        "https://{host}/token",
        "https://sa.quill.test/{host}",
        "http://sandbox:80/t",
    ],
)
def test_an_address_that_may_be_called_is_taken(url: str) -> None:
    hosts = smartadvocate_hosts(http_hosts=["sandbox"], resolve=lambda _: ["8.8.8.8"])
    check_of_profiles(hosts)("north", {"oauth": {"token_url": url}})


@pytest.mark.parametrize(
    ("typed", "base_url"),
    [
        ("app.smartadvocate.com", "https://app.smartadvocate.com/CaseSyncAPI/"),
        (" Quill.SmartAdvocate.com/ ", "https://quill.smartadvocate.com/CaseSyncAPI/"),
        ("https://sa.quill.test/CaseSyncAPI", "https://sa.quill.test/CaseSyncAPI/"),
        ("https://sa.quill.test:8443/casesyncapi/", "https://sa.quill.test:8443/casesyncapi/"),
        ("sa.quill.test/test/CaseSyncAPI/", "https://sa.quill.test/test/CaseSyncAPI/"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/CaseSyncAPI/"),
        ("http://localhost:9000/CaseSyncAPI/", "http://localhost:9000/CaseSyncAPI/"),
        ("http://[::1]:9000", "http://[::1]:9000/CaseSyncAPI/"),
        ("http://sandbox:8080", "http://sandbox:8080/CaseSyncAPI/"),
        ("sa.quill.test.", "https://sa.quill.test/CaseSyncAPI/"),
        ("Bücher.test", "https://xn--bcher-kva.test/CaseSyncAPI/"),
        ("straße.test", "https://xn--strae-oqa.test/CaseSyncAPI/"),  # as browsers read it, not strasse.test
    ],
)
def test_an_address_as_people_type_it_becomes_a_base_url(typed: str, base_url: str) -> None:
    allowed = {"sandbox", "127.0.0.1", "localhost", " ::1"}
    assert normalise_base_url(typed, allowed) == base_url
    assert normalise_base_url(base_url, allowed) == base_url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "http://sa.quill.test",
        "http://127.0.0.1.evil.test",
        "http://127.0.0.1:9000",  # this machine is no exception
        "http://localhost:9000",
        "http://[::1]:9000",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "https://0x7f000001/CaseSyncAPI/",
        "https://１２７.0.0.1",
        "ftp://sa.quill.test",
        "file:///etc/passwd",
        "https://user:secret-word@sa.quill.test",
        "https://sa.quill.test/?next=1",
        "https://sa.quill.test/CaseSyncAPI/#x",
        "https://sa.quill.test/TopSearchResults.aspx",
        "https://sa.quill.test/CaseSyncAPI/Users/authenticate",
        "https://sa.quill.test/../CaseSyncAPI/",
        "https://",
        "https://sa quill.test",
        "https://sa.quill.test:port",
        "https://sa_quill.test",
        "https://[::1",
        "a" * 300 + ".test",
    ],
)
def test_anything_else_is_refused_and_never_repeats_a_password(typed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        normalise_base_url(typed)
    assert "SmartAdvocate address" in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_a_site_follows_a_changed_address_and_profile() -> None:
    sites = Sites()
    first = sites.site(Firm("north", "North", base_url="https://a.test/CaseSyncAPI/"))
    assert sites.site(Firm("north", "North", base_url="https://a.test/CaseSyncAPI/", profile={})) is first
    moved = sites.site(Firm("north", "North", base_url="https://b.test/CaseSyncAPI/"))
    assert moved.url(Purpose.LOG_IN) == "https://b.test/CaseSyncAPI/Users/authenticate"
    profile = {"routes": {"log_in": "login"}}
    changed = sites.site(Firm("north", "North", base_url="https://b.test/CaseSyncAPI/", profile=profile))
    assert changed.url(Purpose.LOG_IN) == "https://b.test/CaseSyncAPI/login"


def test_a_firm_without_address_is_told_to_connect() -> None:
    with pytest.raises(ConnectionRejectedError, match="north"):
        Sites().site(Firm("north", "North"))
