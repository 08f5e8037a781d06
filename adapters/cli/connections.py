"""Commands about connections: connect, disconnect, and the keys that encrypt their secrets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from adapters.cli.checklist import tell_what_is_missing
from adapters.cli.cli import Cli
from adapters.cli.counted import counted
from adapters.cli.groups import add_group
from adapters.cli.options import FirmId, Json
from adapters.cli.output import FAILED, columns_of, print_json, say, show, tell, told_plainly
from core.errors import ConfigurationError

if TYPE_CHECKING:
    from core.queries.keys import KeyUse

_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    keys = add_group(app, "keys")

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
                    if urlsplit(link).hostname in _THIS_MACHINE:
                        say(
                            "It works on this machine alone. Where browsers reach casebridge web is said by "
                            "CASEBRIDGE_PUBLIC_URL; without it links lead to CASEBRIDGE_WEB_PORT here."
                        )
                    tell_what_is_missing(cli, firm_id, is_connecting=True)
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
    def rotate_keys(
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        anyway: Annotated[
            bool, typer.Option("--anyway", help="Also while processes run that do not know the key.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Encrypt everything with the first key of CASEBRIDGE_SECRET_KEYS, while all processes run.

        Those that run must know that key first; the ones that are seen not to are named, and nothing is done.
        """
        with told_plainly():
            desk, actor = cli.desk(), cli.actor()
            unaware = [] if anyway else desk.rotate_keys.unaware(actor)
            if unaware and any(key.secrets for key in desk.count_keys(actor) if not key.current):
                raise ConfigurationError(
                    "nothing was rotated: the first key of CASEBRIDGE_SECRET_KEYS is not known to "
                    f"{'; '.join(unaware)}. Start them anew with it, or say --anyway (casebridge intake and "
                    "schedule open no secrets)"
                )
            if not yes:
                _ask_whether_all_know(desk.count_keys(actor))
            rotated = desk.rotate_keys(actor)
            data = {"rotated": rotated.secrets, "left": rotated.left, "problems": rotated.problems}
            is_one = rotated.secrets == 1
            sentence = f"{counted(rotated.secrets, 'secret')} {'is' if is_one else 'are'} encrypted anew, "
            sentence += "none is left" if not rotated.left else f"{counted(rotated.left, 'secret')} left"
            tell(data, "\n".join([sentence, *rotated.problems]), as_json=as_json)
        if rotated.problems or rotated.left:
            raise typer.Exit(FAILED)


def _ask_whether_all_know(keys: "Sequence[KeyUse]") -> None:
    """Say which processes must know the current key before secrets are under it, and ask.

    Raises ConfigurationError unless the answer is yes. Nothing is asked where nothing would be encrypted.
    """
    old = sum(key.secrets for key in keys if not key.current)
    current = next((key.key for key in keys if key.current), "")
    if not old:
        return
    secrets = f"{counted(old, 'secret')} {'goes' if old == 1 else 'go'}"
    typer.echo(
        f"{secrets} under the key {current!r}. A process without it logs in for none of their firms: "
        "it holds what it should deliver. So these must have been started with it in CASEBRIDGE_SECRET_KEYS, "
        "beside the old ones: every casebridge work, web and run, and each machine where commands are typed. "
        "casebridge intake and schedule open no secrets.",
        err=True,
    )
    try:
        agreed = typer.confirm(f"Do all of them know {current!r}?", err=True)
    except typer.Abort:
        raise ConfigurationError("nothing was rotated; where nobody can answer, say --yes") from None
    if not agreed:
        raise ConfigurationError("nothing was rotated")
