"""What the command line needs of the rest: given by the composition root, made when first used."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from core.actor import Actor
from core.case import SourceCase
from core.credentials import Issued, PasswordCredentials
from core.firm import Firm
from core.ports.clock import Clock
from core.ports.outbox import OutboxRow
from core.ports.unit_of_work import UnitsOfWork
from core.preview import CasePreview
from core.queries.show_connection import ShowConnection
from core.queries.unmatched_names import UnmatchedNames
from core.usecases.add_firm import AddFirm
from core.usecases.cancel_run import CancelRun
from core.usecases.change_settings import ChangeSettings
from core.usecases.connect_firm import ConnectFirm
from core.usecases.delete_firm import DeleteFirm
from core.usecases.disconnect_firm import DisconnectFirm
from core.usecases.import_case import ImportCase
from core.usecases.probe_permissions import ProbePermissions
from core.usecases.replay_deliveries import ReplayDeliveries
from core.usecases.replay_events import ReplayEvents
from core.usecases.start_sync import StartSync
from core.usecases.steps.seat_by_hand import SeatByHand
from core.usecases.verify_firm import VerifyFirm


class RunningService(Protocol):
    """The whole service in this process."""

    @property
    def url(self) -> str:
        """Where it answers."""
        ...

    def listen(self, listener: Callable[[OutboxRow], None]) -> None:
        """Hand announcements to `listener` from now on, where no broker takes them."""
        ...

    def check(self) -> None:
        """Raise CasebridgeError if a part has ended by itself."""
        ...

    @property
    def services(self) -> "Services":
        """Its parts."""
        ...


class Services(Protocol):
    """Long-running processes and the use cases behind the commands."""

    def migrate(self) -> Sequence[str]:
        """Bring the database to this version; return the migrations applied."""
        ...

    def intake(self) -> None:
        """Consume upstream events until SIGTERM or SIGINT."""
        ...

    def schedule(self) -> None:
        """Run a scheduler until SIGTERM or SIGINT."""
        ...

    def work(self, threads: int | None) -> None:
        """Run a worker until SIGTERM or SIGINT."""
        ...

    def web(self, host: str | None, port: int | None) -> None:
        """Serve HTTP until SIGTERM or SIGINT."""
        ...

    def all_in_one(
        self,
        *,
        data_dir: Path | None = None,
        web_port: int | None = None,
        api_key: str | None = None,
        embedded: bool = False,
    ) -> AbstractContextManager[RunningService]:
        """Start everything in this process, and stop it in order.

        `embedded` leaves aside any servers that the settings name.
        """
        ...

    def sandbox(self, arguments: Sequence[str]) -> int:
        """Run the sandbox SmartAdvocate; return its exit code."""
        ...

    def log_in(self, firm: Firm, credentials: PasswordCredentials) -> Issued:
        """Try the credentials; the token they gave. Raises ConnectionRejectedError, TransientError."""
        ...

    def base_url(self, text: str) -> str:
        """Normalise what a person typed as the firm's SmartAdvocate. Raises ConfigurationError."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def actor(self) -> Actor:
        """Who uses the command line."""
        ...

    @property
    def units_of_work(self) -> UnitsOfWork:
        """Transactions over the store."""
        ...

    @property
    def add_firm(self) -> AddFirm:
        """The use case behind `firms add`."""
        ...

    @property
    def connect_firm(self) -> ConnectFirm:
        """The use case behind `connect`."""
        ...

    @property
    def settings_of_firms(self) -> ChangeSettings:
        """The use case behind `firms set` and `mapping`."""
        ...

    @property
    def import_case(self) -> ImportCase:
        """The use case behind `import`."""
        ...

    @property
    def cancel_run(self) -> CancelRun:
        """The use case behind `runs cancel`."""
        ...

    @property
    def unmatched(self) -> UnmatchedNames:
        """The use case behind `mapping unmatched`."""
        ...

    @property
    def verify_firm(self) -> VerifyFirm:
        """The use case behind `verify`."""
        ...

    @property
    def probe_permissions(self) -> ProbePermissions:
        """The use case behind `permissions`."""
        ...

    def verification_page(self, number: int, document: Mapping[str, Any]) -> str:
        """Return a stored verification as a printable page."""
        ...

    @property
    def seat(self) -> SeatByHand:
        """`with seat(firm_id):` around calls of SmartAdvocate: a command takes part in the firm's limit."""
        ...

    def case_id(self, firm: Firm, text: str) -> str:
        """Return the id that a pasted id or URL names. Raises ConfigurationError."""
        ...

    def preview(self, case: SourceCase, firm: Firm) -> CasePreview:
        """Apply the firm's mapping to the case, and store nothing."""
        ...

    @property
    def delete_firm(self) -> DeleteFirm:
        """The use case behind `firms delete`."""
        ...

    @property
    def disconnect_firm(self) -> DisconnectFirm:
        """The use case behind `disconnect` and `firms delete`."""
        ...

    @property
    def show_connection(self) -> ShowConnection:
        """The use case behind `firms show`."""
        ...

    def connect_link(self, firm: Firm) -> str:
        """Return a link, good once, to the firm's connection page. Raises ConfigurationError."""
        ...

    @property
    def current_key(self) -> str:
        """The id of the key that encrypts."""
        ...

    def key_counts(self) -> dict[str, int]:
        """Return how many secrets each key encrypts."""
        ...

    def rotate_keys(self) -> tuple[int, list[str]]:
        """Encrypt everything with the current key: how many secrets, and what was in the way of others."""
        ...

    @property
    def start_sync(self) -> StartSync:
        """The use case behind `sync cases`."""
        ...

    @property
    def replay_deliveries(self) -> ReplayDeliveries:
        """The use case behind `deliveries replay`."""
        ...

    @property
    def replay_events(self) -> ReplayEvents:
        """The use case behind `events replay`."""
        ...

    @property
    def checks(self) -> dict[str, Callable[[], object]]:
        """Name of a part -> raises when it is out of reach."""
        ...
