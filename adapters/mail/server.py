"""Which mail server, and as whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over. `starts_plain` upgrades by STARTTLS; `is_here` needs no TLS at all."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    starts_plain: bool = True
    is_here: bool = False

    def __repr__(self) -> str:
        return f"MailServer({self.host!r}, {self.port})"
