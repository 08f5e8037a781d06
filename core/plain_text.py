"""Plain text of a note, which may be HTML or plain already (API sheet, section 8)."""

import re
from typing import Final

from core.character_references import decode
from core.markup import read_markup

_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_MANY_LINE_ENDS: Final = re.compile("\n\n\n+")


def plain_text(note: str) -> str:
    """Return what a reader of the note sees: no tags, references decoded, blocks and breaks as line ends.

    Text without markup stays as it is, but for trailing space and controls: "a < b" and "<see above>" are
    words. Scripts, styles and comments are dropped with what they hold. Any text can be read; the time it
    takes is proportional to its length.
    """
    markup = read_markup(note)
    if markup.is_html:
        text = markup.text()
    else:
        text = markup.source
        text = _typed(decode(text) if _REFERENCE.search(text) else text)
    return _MANY_LINE_ENDS.sub("\n\n", text).strip("\n").strip()


def _typed(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\f", "")
    return "\n".join(map(str.rstrip, text.split("\n")))
