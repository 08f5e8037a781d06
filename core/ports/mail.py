"""Port: the mail server that letters are handed to."""

from typing import Protocol

from core.letter import Content, Letter


class Mail(Protocol):
    """Hands letters to a mail server."""

    def send(self, letter: Letter, content: Content) -> None:
        """Hand the letter over. The same letter twice has the same Message-ID, by which readers drop one.

        Raises TransientError where the server is out of reach or busy, PermanentError where it refuses this
        letter or its recipient, NeedsPersonError where it refuses us.
        """
        ...
