"""Commands about connections: connect, disconnect, and the keys that encrypt their secrets."""

from dataclasses import replace
from typing import Annotated

import typer

from adapters.cli.firms import tell
from adapters.cli.known import known_firm
from adapters.cli.output import FAILED, show, told_plainly
from adapters.cli.services import Services
from core.credentials import PasswordCredentials
from core.errors import ConfigurationError
from core.firm import ConnectionState

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_FirmId = Annotated[str, typer.Argument(metavar="FIRM", help="The firm's id.")]


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    keys = typer.Typer(help="The keys that encrypt passwords and tokens.", no_args_is_help=True)
    app.add_typer(keys, name="keys")

    @app.command()
    def connect(
        firm_id: _FirmId,
        oauth: Annotated[
            bool, typer.Option("--oauth", help="Print a link to the firm's connection page ('Allow Access').")
        ] = False,
        url: Annotated[
            str | None, typer.Option(help="Host or base URL of the firm's SmartAdvocate; kept if not given.")
        ] = None,
        username: Annotated[str | None, typer.Option(help="A SmartAdvocate user that stays active.")] = None,
        password: Annotated[
            str | None,
            typer.Option(envvar="CASEBRIDGE_CONNECT_PASSWORD", help="Asked for.", show_envvar=True),
        ] = None,
        as_json: _Json = False,
    ) -> None:
        """Connect a firm to its SmartAdvocate: by user name and password, or by a link to allow access."""
        with told_plainly():
            firm = known_firm(services, firm_id)
            address = services.base_url(url) if url is not None else firm.base_url
            if address is None:
                raise ConfigurationError(f"firm {firm_id!r} has no SmartAdvocate address yet; give --url")
            firm = replace(firm, base_url=address)
            if oauth:
                link = services.connect_link(firm)
                tell(
                    as_json,
                    {"firm_id": firm_id, "link": link, "minutes": 30},
                    f"{link}\ngood once, for 30 minutes: give it to the firm's SmartAdvocate administrator",
                )
                return
            if username is None:
                raise ConfigurationError("give --username, or --oauth for a link to allow access")
            secret = password if password is not None else typer.prompt("Password", hide_input=True)
            credentials = PasswordCredentials(username, secret)
            issued = services.log_in(firm, credentials)
            services.connect_firm(firm, credentials, issued, actor=services.actor)
            tell(as_json, {"firm_id": firm_id, "connection": "connected"}, f"firm {firm_id} is connected")

    @app.command()
    def disconnect(firm_id: _FirmId, as_json: _Json = False) -> None:
        """End a firm's connection: its token is revoked, deliveries wait, its data stays."""
        with told_plainly():
            revoked = services.disconnect_firm(firm_id, services.actor)
            then = "" if revoked else "; SmartAdvocate offers no revocation: remove the access there by hand"
            tell(
                as_json,
                {"firm_id": firm_id, "connection": ConnectionState.DISCONNECTED, "revoked": revoked},
                f"firm {firm_id} is disconnected, its deliveries wait and its data stays{then}",
            )

    @keys.command("list")
    def list_keys(as_json: _Json = False) -> None:
        """List key ids with how many secrets each encrypts."""
        with told_plainly():
            rows = [
                {"key": key, "secrets": number, "current": key == services.current_key}
                for key, number in services.key_counts().items()
            ]
            show(rows, ["key", "secrets", "current"], as_json=as_json, empty="no keys")

    @keys.command("rotate")
    def rotate_keys(as_json: _Json = False) -> None:
        """Encrypt everything with the first key of CASEBRIDGE_SECRET_KEYS, while all processes run."""
        with told_plainly():
            number, problems = services.rotate_keys()
            left = sum(n for key, n in services.key_counts().items() if key != services.current_key)
            data = {"rotated": number, "left": left, "problems": problems}
            sentence = f"{number} secrets are encrypted anew, {left} are left"
            tell(as_json, data, "\n".join([sentence, *problems]))
        if problems or left:
            raise typer.Exit(FAILED)
