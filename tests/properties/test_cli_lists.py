"""Any rows at any width: no word is broken."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from adapters.cli.table import plain, tabbed, table, wrapped

CELLS = st.text(st.characters(exclude_categories=[]) | st.sampled_from("ab 字\u202e\x1b\n\t"), max_size=40)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=6), st.integers(20, 130))
def test_no_table_breaks_a_word_or_is_wider_than_it_may_be(rows: list[tuple[str, ...]], width: int) -> None:
    named = [dict(zip(("one", "two_id", "three", "four"), row, strict=True)) for row in rows]
    lines = list(table(named, ["one", "two_id", "three"], below=["four"], width=width))
    told = " ".join(lines).split()
    for row in named:
        for value in row.values():
            for word in plain(value).split():
                assert word in told or any(word in other for other in told), word
    for line in lines:
        assert "\n" not in line
        assert "\x1b" not in line
        assert cell_len(line) <= width or len(line.split()) <= 2, (
            "a word that is wider, and its column's name"
        )
    for line in tabbed(named, ["one", "two_id", "three", "four"]):
        assert line.count("\t") == 3
        assert len(line.splitlines()) <= 1


@given(CELLS, st.integers(1, 60))
def test_wrapping_loses_no_word_and_keeps_their_order(text: str, width: int) -> None:
    lines = wrapped(plain(text), width)
    assert " ".join(lines).split() == plain(text).split()
    assert all(cell_len(line) <= width or len(line.split()) == 1 for line in lines)
