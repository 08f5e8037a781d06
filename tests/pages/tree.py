"""A page as a tree, to be asked what a browser or a screen reader would make of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_VOID: Final = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})


@dataclass(eq=False)
class Node:
    """An element, or a piece of text (`tag` is "" then)."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    parent: "Node | None" = None
    children: "list[Node]" = field(default_factory=list)

    def walk(self) -> "Iterator[Node]":
        """Yield all elements below, in the order of the page."""
        for child in self.children:
            if child.tag:
                yield child
                yield from child.walk()

    def all(self, *tags: str) -> "list[Node]":
        """Return the elements below of these names; without names all of them."""
        return [node for node in self.walk() if not tags or node.tag in tags]

    def having(self, attribute: str) -> "list[Node]":
        """Return the elements below with this attribute."""
        return [node for node in self.walk() if attribute in node.attributes]

    def within(self) -> "Iterator[Node]":
        """Yield the elements around, the nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def get(self, attribute: str) -> str:
        """Return an attribute's value, "" where there is none."""
        return self.attributes.get(attribute, "")

    @property
    def words(self) -> str:
        """What it says, in one line; of a picture what stands for it."""
        return " ".join(" ".join(self._said()).split())

    def _said(self) -> Iterator[str]:
        yield self.text
        yield self.get("alt")
        for child in self.children:
            yield from child._said()

    def __str__(self) -> str:
        told = " ".join(f'{name}="{value}"' for name, value in self.attributes.items())
        return f"<{self.tag} {told}>{self.words[:60]}"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self._at = Node("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, parent=self._at)
        self._at.children.append(node)
        if tag not in _VOID:
            self._at = node

    def handle_endtag(self, tag: str) -> None:
        assert self._at.tag == tag, f"</{tag}> closes {self._at}"
        assert self._at.parent is not None
        self._at = self._at.parent

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        self._at.children.append(Node("", text=data, parent=self._at))


def tree_of(page: str) -> Node:
    """Return the page. Raises AssertionError where elements are not closed in the order they were opened."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.root is reader._at, f"{reader._at} is never closed"
    return reader.root
