"""Who may do what by hand."""

import pytest

from core.actor import ALL_FIRMS, Actor, Role
from core.errors import NotAllowedError

MANAGER = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
ADMIN = Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))


def test_an_implementation_manager_reaches_every_firm() -> None:
    MANAGER.must_reach("south")
    MANAGER.must_manage("reset the sync")


def test_an_administrator_reaches_the_own_firm_only() -> None:
    ADMIN.must_reach("north")
    with pytest.raises(NotAllowedError, match="'south', only for 'north'"):
        ADMIN.must_reach("south")


@pytest.mark.parametrize("role", [Role.FIRM_ADMIN, Role.SYSTEM])
def test_only_an_implementation_manager_may_reset(role: Role) -> None:
    with pytest.raises(NotAllowedError, match="only an implementation manager may reset the sync"):
        Actor("tom", role).must_manage("reset the sync")
