"""Any address of a host."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from adapters.smartadvocate.hosts import smartadvocate_hosts
from core.errors import CasebridgeError


@given(st.text(max_size=200), st.lists(st.text(max_size=50), max_size=3))
def test_any_address_is_taken_or_refused_in_words(text: str, addresses: Sequence[str]) -> None:
    guard = smartadvocate_hosts(resolve=lambda _: addresses)
    for address in (text, f"https://{text}/", f"https://a.test:{text}", f"http://[{text}]/"):
        try:
            guard.check(address, "it")
        except CasebridgeError:
            continue
