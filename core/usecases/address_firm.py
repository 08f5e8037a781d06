"""Say where a firm's SmartAdvocate is, before the firm connects to it."""

from collections.abc import Callable
from dataclasses import replace

from core.actor import Actor, Power
from core.errors import ConfigurationError, TransientError
from core.firm import Firm
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.usecases.steps.known_firm import known_firm

# what a person typed -> the address that may be called; raises ConfigurationError
Address = Callable[[str], str]


class AddressFirm:
    """Checks an address. Nothing is stored: connecting does that."""

    def __init__(self, units_of_work: UnitsOfWork, address: Address) -> None:
        self._units_of_work = units_of_work
        self._address = address

    def __call__(self, actor: Actor, firm_id: str, typed: str | None) -> Firm:
        """Return the firm with the address that a person typed, or that it has where none is given.

        Raises UnknownFirmError, NotAllowedError; ConfigurationError where the address may not be used, or
        there is none; TransientError where its name leads nowhere.
        """
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
        if typed is not None:
            try:
                return replace(firm, base_url=self._address(typed))
            except TransientError as error:
                # Nothing tries it again by itself: the person who typed it does.
                raise TransientError(str(error), reason=Reason.NOT_REACHED, firm_id=firm_id) from None
        if firm.base_url is None:
            raise ConfigurationError(
                f"firm {firm_id!r} has no SmartAdvocate address yet",
                reason=Reason.ADDRESS_MISSING,
                firm_id=firm_id,
            )
        return firm
