import pytest

from adapters.web.api.keys import ApiKeys
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.actor import ALL_FIRMS, Actor, Power, Role
from core.errors import ConfigurationError


def _keys(text: str) -> ApiKeys:
    return ApiKeys(Settings(api_keys=Secret(text)).granted_api_keys())


def test_a_key_stands_for_a_program_with_its_scopes_and_firms() -> None:
    keys = _keys("portal:abc:events+look:north+south, reports:def:look:*")
    assert keys.actor_of("abc") == Actor(
        "portal", Role.SERVICE, frozenset({"north", "south"}), frozenset({Power.SEND_EVENTS, Power.LOOK})
    )
    assert keys.actor_of("def") == Actor("reports", Role.SERVICE, ALL_FIRMS, frozenset({Power.LOOK}))
    assert keys.actor_of("ghi") is None
    assert keys.actor_of("") is None


def test_odd_signs_in_a_firms_id_are_written_as_in_urls() -> None:
    actor = _keys("portal:abc:events:North%20%26%20P%2B%3A%2C").actor_of("abc")
    assert actor is not None
    assert actor.firm_id == "North & P+:,"


@pytest.mark.parametrize(
    "text",
    [
        "portal:secret-key",
        "portal:secret-key:events",
        "portal:secret-key:events:",
        "portal:secret-key::*",
        ":secret-key:events:*",
        "portal:secret-key:evnts:*",
        "portal:secret-key:events:*:more",
    ],
)
def test_a_key_without_scopes_or_firms_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(ConfigurationError, match="CASEBRIDGE_API_KEYS") as refused:
        _keys(text)
    assert "secret-key" not in str(refused.value)


def test_a_star_among_other_firms_is_a_firms_name_and_not_all() -> None:
    actor = _keys("portal:abc:events:*+north").actor_of("abc")
    assert actor is not None
    assert not actor.reaches("south")
