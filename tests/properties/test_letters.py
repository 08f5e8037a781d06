from hypothesis import given
from hypothesis import strategies as st

from core.letter import is_mail_address


@given(st.text(max_size=300))
def test_no_address_holds_what_could_begin_a_header(text: str) -> None:
    if is_mail_address(text):
        assert text.isascii()
        assert not set(text) & set(' \r\n\t<>,;:"()[]\\')
