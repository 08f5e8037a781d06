"""Which firms' rows a fake shows."""

from core.actor import AllFirms, Reach


def within(firms: Reach, firm_id: str | None) -> bool:
    """Tell whether a row of this firm is among them; one of no firm is with all firms only."""
    return isinstance(firms, AllFirms) or firm_id in firms
