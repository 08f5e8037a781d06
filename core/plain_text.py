"""Plain text of a note, which may be HTML or plain already (API sheet, section 8)."""

import html
import re
from html.parser import HTMLParser
from typing import Final

_TAGS: Final = (
    "a abbr acronym address area article aside b base basefont bdi bdo big blockquote body br button "
    "caption center cite code col colgroup dd del details dfn dir div dl dt em embed fieldset figcaption "
    "figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins "
    "kbd label legend li link main map mark menu meta nav nobr noframes noscript object ol optgroup option "
    "p param picture pre q s samp script section select small source span strike strong style sub summary "
    "sup svg table tbody td template textarea tfoot th thead time title tr tt u ul var video wbr"
)
_KNOWN: Final = frozenset(_TAGS.split())
_DROPPED: Final = frozenset({"script", "style", "head", "title", "template"})
_BLOCK_TAGS: Final = (
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html li main menu nav ol p pre section table tr ul"
)
_BLOCKS: Final = frozenset(_BLOCK_TAGS.split())
_MARKUP: Final = re.compile(rf"<!--|<!doctype|</?(?:{'|'.join(_KNOWN)})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_BREAKS: Final = re.compile(r"<(?:br|/?p|/?div|/?li|/?tr)\b", re.IGNORECASE)
_MAX_BLANK: Final = re.compile(r"\n{3,}")
_SPACES: Final = re.compile(r"[ \t\f\v\u00a0]+")


def plain_text(note: str) -> str:
    """Return what a reader of the note sees: no tags, entities decoded, blocks and breaks as line ends.

    Text without markup stays as it is, but for trailing space and controls: "a < b" and "<see above>" are
    words. Scripts, styles and comments are dropped with what they hold.
    """
    if _MARKUP.search(note):
        reader = _Reader(keep_line_ends=not _BREAKS.search(note))
        reader.feed(note)
        reader.close()
        note = reader.text()
    elif _ENTITY.search(note):
        note = html.unescape(note)
    return _tidy(note)


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in "\n\t" or not _is_control(c))
    lines = [line.replace("\u00a0", " ").rstrip() for line in text.split("\n")]
    return _MAX_BLANK.sub("\n\n", "\n".join(lines)).strip("\n").strip()


def _is_control(c: str) -> bool:
    return ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000


class _Reader(HTMLParser):
    """Collects text. `keep_line_ends`: line ends are meant where the HTML has no breaks of its own."""

    def __init__(self, *, keep_line_ends: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._keep_line_ends = keep_line_ends
        self._parts: list[str] = []
        self._dropping: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's
        """Break lines where the element does; what is no element at all was typed, such as <https://…>."""
        if self._dropping is not None:
            if tag != "body":
                return
            self._dropping = None  # a head that was never closed
        if tag in _DROPPED:
            self._dropping = tag
        elif tag in _BLOCKS:
            self._line()
        elif tag == "br":
            self._parts.append("\n")
        elif tag in {"td", "th"}:
            self._parts.append(" ")
        elif tag not in _KNOWN and _was_typed(words := self.get_starttag_text() or ""):
            self._parts.append(words.strip("<>"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Treat `<br/>` as `<br>`; an empty element hides nothing."""
        if tag not in _DROPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """End what was dropped, or the line of a block."""
        if self._dropping is not None:
            if tag == self._dropping:
                self._dropping = None
        elif tag in _BLOCKS:
            self._line()

    def handle_data(self, data: str) -> None:
        """Take text, its white space as a browser does."""
        if self._dropping is not None:
            return
        if self._keep_line_ends:
            self._parts.append(_SPACES.sub(" ", data))
        else:
            self._parts.append(_SPACES.sub(" ", data.replace("\r", " ").replace("\n", " ")))

    def text(self) -> str:
        """Return what was collected, its lines without blanks around them."""
        lines = (_SPACES.sub(" ", line).strip() for line in "".join(self._parts).split("\n"))
        return "\n".join(lines)

    def _line(self) -> None:
        """End the line, unless there is none."""
        if self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")


def _was_typed(words: str) -> bool:
    return "://" in words or "@" in words
