"""Reads HTML as a browser's tokeniser does (WHATWG HTML, 13.2.5), in time proportional to its length.

No tree is built: what a note says needs none, and the time of tree builders grows with the square of the
nesting. Each token ends where the text does at the latest, so nothing is looked at twice.
"""

import re
from dataclasses import dataclass
from typing import Final, cast

from core.character_references import decode, repeat

# What stands for tags among the words. Controls are taken out of what is read, so none of these is in it.
_NOTHING: Final = "\x00"
_BLOCK: Final = "\x01"
_BREAK: Final = "\x02"
_HIDE: Final = "\x03"
_SHOW: Final = "\x04"
_CELL: Final = " "
_LESS: Final = "\x05"  # a `<` that begins nothing

_TAGS: Final = (
    "a abbr acronym address area article aside b base basefont bdi bdo big blockquote body br button "
    "caption center cite code col colgroup dd del details dfn dir div dl dt em embed fieldset figcaption "
    "figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins "
    "kbd label legend li link main map mark menu meta nav nobr noembed noframes noscript object ol optgroup "
    "option p param picture pre q s samp script section select small source span strike strong style sub "
    "summary sup svg table tbody td template textarea tfoot th thead time title tr tt u ul var video wbr xmp"
)
_KNOWN: Final = frozenset(_TAGS.split())
_BLOCK_TAGS: Final = (
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 head header hr html li main menu nav ol p pre section table tr ul xmp"
)
_BLOCKS: Final = frozenset(_BLOCK_TAGS.split())
_LINE_TAGS: Final = frozenset({"br", "p", "div", "li", "tr"})
_SHOWN_AS_TYPED: Final = frozenset({"textarea", "xmp"})

_SPACE: Final = r"[ \t\n\f\r]"
# Quotes mean something after `=` alone. Possessive throughout: nothing is kept for going back. An iteration
# that fails has taken white space at most, which what follows takes too: Python up to 3.11.4 gives none back.
_ATTRIBUTES: Final = (
    r"(?:[ \t\n\f\r/]*+(?:=?+[^ \t\n\f\r/>=]++|=)"
    rf"""(?:{_SPACE}*+={_SPACE}*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+)?+)?+)*+"""
    r"[ \t\n\f\r/]*+"
)
_RAW: Final = "iframe|noembed|noframes|script|style|textarea|title|xmp"  # hold no tags but their own end
_RAW_NAMES: Final = frozenset(_RAW.split("|"))
_ENDS_NAME: Final = r"(?=[ \t\n\f\r/>])"
_COMMENT: Final = r"!--(?:-?>|.*?--!?>)"
# A token that begins anywhere and reaches to its end, or to that of the text.
_TOKEN: Final = re.compile(
    r"<(?=[a-zA-Z/!?])(?:"
    rf"(?=[insxtINSXT])((?i:{_RAW})){_ENDS_NAME}{_ATTRIBUTES}(?<!/)>"
    rf"[^<]*+(?:<(?!/(?i:\1){_ENDS_NAME})[^<]*+)*+(?:</(?i:\1){_ATTRIBUTES}(?:>|\Z)|\Z)"
    rf"|/?[a-zA-Z][^ \t\n\f\r/>]*+{_ATTRIBUTES}(?:>|\Z)"
    rf"|{_COMMENT}|!--.*+"
    r"|(?:[!?]|/(?!\Z))[^>]*+(?:>|\Z)"
    r")",
    re.DOTALL,
)
# One that ends before the next `<`, without that `<` it begins with.
_WITHIN: Final = re.compile(
    rf"/?[a-zA-Z][^ \t\n\f\r/>]*+{_ATTRIBUTES}>|{_COMMENT}|(?:!(?!--)|\?|/(?![a-zA-Z]))[^>]*+>", re.DOTALL
)
_RAW_TAG: Final = re.compile(f"(?i:{_RAW}){_ENDS_NAME}")
_RAW_LETTERS: Final = frozenset("insxtINSXT")
_NAME: Final = re.compile(r"</?([^ \t\n\f\r/>]+)")
_CONTENT: Final = re.compile(
    rf"<([^ \t\n\f\r/>]++){_ATTRIBUTES}>([^<]*+(?:<(?!/(?i:\1){_ENDS_NAME})[^<]*+)*+)"
)
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]+")
_ASCII_CONTROLS: Final = bytes(range(0x80)).translate(None, bytes(range(0x20, 0x7F)) + b"\t\n\f\r")
_MANY: Final = "<" * 8
_BEFORE_ANOTHER: Final = re.compile("<<<<<<<+(?=<)")  # none of these begins anything
_HIDES: Final = re.compile(f"([{_HIDE}{_SHOW}])")
# Written out, so that they are looked for and not tried at each character.
_BLANKS: Final = re.compile("  +")
_BLOCKS_IN_A_ROW: Final = re.compile(f"{_BLOCK}{_BLOCK}+")


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that was read as HTML. `source` is that text without controls.

    `is_html` tells whether there is any markup at all: "a < b" and "<see above>" hold none. `title` is the
    document's.
    """

    source: str
    is_html: bool
    title: str
    _parts: str
    _keep_line_ends: bool

    def text(self) -> str:
        """Return what a reader sees: no tags, references decoded, blocks and breaks as line ends.

        Other white space is one blank, and none at the ends of lines. Line ends of the source count where the
        HTML has no paragraphs or breaks of its own.
        """
        text = decode(self._parts).replace(_LESS, "<").replace("\r\n", "\n").replace("\r", "\n")
        if not self._keep_line_ends:
            text = text.replace("\n", " ")
        text = text.replace(_BREAK, "\n").replace(_NOTHING, "")
        text = _BLANKS.sub(" ", text.replace("\t", " ").replace("\f", " ").replace("\u00a0", " "))
        text = text.replace(f" {_BLOCK}", _BLOCK).replace(f"{_BLOCK} ", _BLOCK)
        # A block ends its line, and begins one, unless there is none.
        text = text.replace(" \n", "\n").replace("\n ", "\n")
        text = _BLOCKS_IN_A_ROW.sub(_BLOCK, text).replace(f"\n{_BLOCK}", "\n")
        return text.lstrip(_BLOCK).replace(_BLOCK, "\n").strip(" ")


def _without_controls(text: str) -> str:
    """Drop control characters but tab and line ends, halves of characters, and marks of the byte order."""
    if text.isascii():  # as most are, and then this is ten times as fast
        return text.encode("ascii").translate(None, _ASCII_CONTROLS).decode("ascii")
    return _CONTROLS.sub("", text)


def read_markup(source: str) -> Markup:
    """Read any text as HTML, however broken. What is never closed reaches to the end, as in a browser.

    One thing differs: `<title/>`, as XHTML writes it, is empty, and hides nothing of what follows.
    """
    source = _without_controls(source)
    runs = _BEFORE_ANOTHER.sub(_as_signs, source) if _MANY in source else source
    text, tags = _without_tags(runs)
    if tags.hides:
        text = _without_hidden(text)
    title = decode(tags.title).replace(_LESS, "<")
    return Markup(source, tags.is_html, title, text, not tags.breaks_lines)


def _as_signs(run: re.Match[str]) -> str:
    return _LESS * len(run[0])


def _without_tags(source: str) -> "tuple[str, _Tags]":
    """Return the text with something else for each tag, and the tags.

    Nearly every tag ends before the next `<`: what stands between two of these is read by itself, and once
    however often it comes. Where one reaches further, all are read in order, and none within another.
    """
    pieces = source.split("<")
    read = _Pieces()
    # To remember what hardly comes again would take longer than to read it.
    look = read.__getitem__ if repeat(pieces) else read.read
    shown: list[str | None] = [pieces[0], *map(look, pieces[1:])]
    if None not in shown:
        return "".join(cast("list[str]", shown)), read.tags
    within, read = read, _Pieces()
    ends = 0  # where the last tag that reached further has ended
    last = source.rfind(">")
    place = len(pieces[0]) + 1  # where a piece begins
    for number, piece in enumerate(pieces[1:], 1):
        behind = place + len(piece)
        if place <= ends:  # within that tag, or what is left behind it
            shown[number] = source[ends:behind]
        elif within[piece] is None:
            if place > last and piece[:1].isalpha():  # a tag that nothing ends
                token, ends = source[place - 1 :], len(source)
            else:
                found = _TOKEN.match(source, place - 1)
                token, ends = (found[0], found.end()) if found else ("", place - 1)
            shown[number] = (read.tags[token] if token else "") + source[ends:behind]
            if ends == len(source):
                return "".join(map(str, shown[: number + 1])), read.tags
        else:
            shown[number] = read[piece]
        place = behind + 1
    return "".join(map(str, shown)), read.tags


class _Pieces(dict[str, str | None]):
    """What stands for a piece of text between two `<`, by that piece; None where its tag reaches further."""

    def __init__(self) -> None:
        super().__init__()
        self.tags = _Tags()

    def __missing__(self, piece: str) -> str | None:
        shown = self[piece] = self.read(piece)
        return shown

    def read(self, piece: str) -> str | None:
        """Return what stands for a piece, without remembering it."""
        head, ends, text = piece.partition(">")
        name = (head[1:] if head[:1] == "/" else head).lower()
        if ends and name in _KNOWN:  # as nearly all are
            if name in _RAW_NAMES and head[0] != "/":
                return None
        elif ends and name.isalnum() and name.isascii() and name[0] > "9":  # HTML knows no such tag
            return _NOTHING + text
        else:
            if not piece or not (piece[0] in "/!?" or (piece[0].isascii() and piece[0].isalpha())):
                return f"<{piece}"
            tag = _WITHIN.match(piece)
            if tag is None or (piece[0] in _RAW_LETTERS and _RAW_TAG.match(piece)):
                return None
            head, text = piece[: tag.end() - 1], piece[tag.end() :]
        return f"{self.tags[f'<{head}>']}{text}"


class _Tags(dict[str, str]):
    """What stands for each tag, by its source; and what its tags tell about the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.is_html = self.breaks_lines = self.hides = False
        self.title = ""

    def __missing__(self, source: str) -> str:
        shown = self[source] = self._shown(source)
        return shown

    def _shown(self, source: str) -> str:
        is_whole = source.endswith(">")
        if source[1] in "!?" or (source[1:2] == "/" and not source[2:3].isalpha()):
            self.is_html |= is_whole and source[:9].lower().startswith(("<!--", "<!doctype"))
            return _NOTHING
        match = _NAME.match(source)
        name = match[1].lower() if match else ""
        is_end = source[1] == "/"
        if name not in _KNOWN:
            was_typed = not is_end and ("://" in source or "@" in source)  # <https://…>, <me@…>
            return source.strip("<>") if was_typed else _NOTHING
        self.is_html |= is_whole
        self.breaks_lines |= is_whole and name in _LINE_TAGS
        if name == "template":
            self.hides = True
            return _SHOW if is_end else _NOTHING if source.endswith("/>") else _HIDE
        if not is_whole and not is_end and name not in _SHOWN_AS_TYPED:
            return _NOTHING
        if name == "title" and not is_end and not self.title:
            self.title = _content(source)
        if name == "textarea" and not is_end:
            return f"{_NOTHING}{_content(source)}{_NOTHING}"
        if name == "xmp" and not is_end:  # holds no references either
            return f"{_BLOCK}{_content(source).replace('&', '&amp;')}{_BLOCK}"
        if name == "br":
            return _BREAK
        if name in {"td", "th"}:
            return _NOTHING if is_end else _CELL
        return _BLOCK if name in _BLOCKS else _NOTHING


def _content(source: str) -> str:
    """Return what stands between the tags of an element that holds no others."""
    match = _CONTENT.match(source)
    return match[2] if match else ""


def _without_hidden(text: str) -> str:
    """Drop templates with what they hold; one may hold another."""
    shown: list[str] = []
    depth = 0
    for part in _HIDES.split(text):
        if part == _HIDE:
            depth += 1
        elif part == _SHOW:
            depth = max(depth - 1, 0)
        elif depth == 0:
            shown.append(part)
    return _NOTHING.join(shown)
