"""Connect a firm with a SmartAdvocate user's name and password."""

from core.actor import Actor, Power
from core.credentials import PasswordCredentials
from core.errors import TransientError
from core.firm import Firm
from core.ports.authorization import TokenIssuer
from core.reason import Reason
from core.usecases.connect_firm import ConnectFirm


class ConnectByPassword:
    """Tries the log-in first: only what SmartAdvocate accepts is stored."""

    def __init__(self, log_in: TokenIssuer, connect_firm: ConnectFirm) -> None:
        self._log_in = log_in
        self._connect_firm = connect_firm

    def __call__(self, actor: Actor, firm: Firm, credentials: PasswordCredentials) -> None:
        """Log in and connect, at the firm's address.

        Raises NotAllowedError, ConnectionRejectedError, WrongAccountError, TransientError.
        """
        actor.must(Power.CHANGE, firm.firm_id)
        try:
            issued = self._log_in.issue(firm, credentials)
        except TransientError as error:
            if error.reason is not Reason.UNAVAILABLE:
                raise
            # Nothing tries it again by itself: the person who typed it does.
            raise TransientError(str(error), reason=Reason.NOT_REACHED, firm_id=firm.firm_id) from None
        self._connect_firm(actor, firm, credentials, issued)
