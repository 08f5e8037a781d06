"""What commands look up by what a person typed, or say that it is not there."""

import json
from pathlib import Path
from typing import Any

from adapters.cli.services import Services
from core.errors import ConfigurationError, UnknownFirmError
from core.firm import Firm


def find_firm(services: Services, firm_id: str) -> Firm | None:
    """Return the firm, or None."""
    with services.units_of_work() as uow:
        return uow.firms.get(firm_id)


def known_firm(services: Services, firm_id: str) -> Firm:
    """Return the firm. Raises UnknownFirmError; NotAllowedError for one that is not this person's."""
    services.actor.must_reach(firm_id)
    firm = find_firm(services, firm_id)
    if firm is None:
        raise UnknownFirmError(f"there is no firm {firm_id!r}; 'casebridge firms list' shows the known ones")
    return firm


def json_file(path: Path) -> Any:
    """Read a JSON file. Raises ConfigurationError naming the file and what is wrong with it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{path} is not JSON in UTF-8") from None
