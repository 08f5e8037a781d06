"""Any file of settings."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cli.options import json_file
from core.errors import ConfigurationError


@given(st.binary(max_size=60))
def test_whatever_a_file_holds_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.json"
    path.write_bytes(raw)
    with suppress(ConfigurationError):
        json_file(path)
