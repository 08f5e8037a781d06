"""Commands about connections: connect, disconnect, and the keys that encrypt their secrets."""

from typing import Annotated

import typer

from adapters.cli.checklist import tell_what_is_missing
from adapters.cli.cli import Cli
from adapters.cli.options import FirmId, Json
from adapters.cli.output import FAILED, columns_of, print_json, show, tell, told_plainly
from core.errors import ConfigurationError


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    keys = typer.Typer(help="The keys that encrypt passwords and tokens.", no_args_is_help=True)
    app.add_typer(keys, name="keys")

    @app.command()
    def connect(
        firm_id: FirmId,
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
        as_json: Json = False,
    ) -> None:
        """Connect a firm to its SmartAdvocate: by user name and password, or by a link to allow access."""
        from adapters.cli.go_live_words import left_data
        from core.credentials import PasswordCredentials
        from core.firm import ConnectionState

        with told_plainly():
            desk, actor = cli.desk(), cli.actor()
            firm = desk.address_firm(actor, firm_id, url)
            if oauth:
                link = desk.connect_by_consent.new_link(actor, firm)
                hint = "good once, for 30 minutes: give it to the firm's SmartAdvocate administrator"
                tell({"firm_id": firm_id, "link": link, "minutes": 30}, f"{link}\n{hint}", as_json=as_json)
                if not as_json:
                    tell_what_is_missing(cli, firm_id)
                return
            if username is None:
                raise ConfigurationError("give --username, or --oauth for a link to allow access")
            secret = password if password is not None else typer.prompt("Password", hide_input=True)
            desk.connect_by_password(actor, firm, PasswordCredentials(username, secret))
            data = {"firm_id": firm_id, "connection": ConnectionState.CONNECTED}
            if as_json:
                print_json({**data, "missing": left_data(desk.go_live(actor, firm_id))})
                return
            typer.echo(f"firm {firm_id} is connected")
            tell_what_is_missing(cli, firm_id)

    @app.command()
    def disconnect(firm_id: FirmId, as_json: Json = False) -> None:
        """End a firm's connection: its token is revoked, deliveries wait, its data stays."""
        from core.firm import ConnectionState

        with told_plainly():
            revoked = cli.desk().disconnect_firm(cli.actor(), firm_id)
            then = "" if revoked else "; SmartAdvocate offers no revocation: remove the access there by hand"
            data = {"firm_id": firm_id, "connection": ConnectionState.DISCONNECTED, "revoked": revoked}
            words = f"firm {firm_id} is disconnected, its deliveries wait and its data stays{then}"
            tell(data, words, as_json=as_json)

    @keys.command("list")
    def list_keys(as_json: Json = False) -> None:
        """List key ids with how many secrets each encrypts."""
        with told_plainly():
            columns = ["key", "secrets", "current"]
            rows = columns_of(cli.desk().count_keys(cli.actor()), columns)
            show(rows, columns, as_json=as_json, empty="no keys")

    @keys.command("rotate")
    def rotate_keys(as_json: Json = False) -> None:
        """Encrypt everything with the first key of CASEBRIDGE_SECRET_KEYS, while all processes run."""
        with told_plainly():
            rotated = cli.desk().rotate_keys(cli.actor())
            data = {"rotated": rotated.secrets, "left": rotated.left, "problems": rotated.problems}
            sentence = f"{rotated.secrets} secrets are encrypted anew, {rotated.left} are left"
            tell(data, "\n".join([sentence, *rotated.problems]), as_json=as_json)
        if rotated.problems or rotated.left:
            raise typer.Exit(FAILED)
