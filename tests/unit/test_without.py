"""What a process never uses is not loaded because a library looked for it."""

import importlib
import sys

import pytest

from adapters.system.without import without


def test_a_hidden_module_is_not_found_meanwhile_and_found_afterwards() -> None:
    sys.modules.pop("colorsys", None)
    with without("colorsys"), pytest.raises(ModuleNotFoundError, match="does without colorsys"):
        importlib.import_module("colorsys")
    assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0, 0, 0)


def test_what_is_loaded_already_stays() -> None:
    loaded = importlib.import_module("json")
    with without("json"):
        assert importlib.import_module("json") is loaded


def test_an_error_meanwhile_hides_nothing_for_good() -> None:
    before = list(sys.meta_path)
    with pytest.raises(ZeroDivisionError), without("colorsys"):
        _ = 1 // 0
    assert sys.meta_path == before
