"""Words of people as they can be stored and sent on: JSON can say what Unicode text cannot hold."""


def storable(words: str) -> str:
    """Return the words without U+0000, and with U+FFFD for each half of a character.

    Texts are cut in the middle of an emoji by those who count UTF-16; the message is worth more than that.
    Two halves that belong together become the character they are.
    """
    if "\x00" in words:
        words = words.replace("\x00", "")
    return words if words.isascii() else whole_characters(words)


def whole_characters(words: str) -> str:
    """Return the words with U+FFFD for each half of a character that stands alone."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
