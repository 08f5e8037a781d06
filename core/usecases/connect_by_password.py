"""Connect a firm with a SmartAdvocate user's name and password."""

from core.actor import Actor, Power
from core.credentials import PasswordCredentials
from core.firm import Firm
from core.ports.authorization import TokenIssuer
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
        issued = self._log_in.issue(firm, credentials)
        self._connect_firm(actor, firm, credentials, issued)
