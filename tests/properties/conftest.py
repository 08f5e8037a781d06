"""How long each property is tried."""

import pytest
from hypothesis import settings

from tests.properties.hostile import LENGTH, SHORT_LENGTH

# How many examples a property gets. On a busy machine any of them may take long, which is no failure.
settings.register_profile("short", deadline=None, max_examples=50)
settings.register_profile("long", deadline=None, max_examples=500)


def pytest_configure(config: pytest.Config) -> None:
    """Choose, before the tests are imported, how many examples there are."""
    settings.load_profile("long" if config.option.long else "short")


@pytest.fixture(scope="session")
def hostile_length(request: pytest.FixtureRequest) -> int:
    """How many characters of a hostile pattern are read."""
    return LENGTH if request.config.getoption("--long") else SHORT_LENGTH
