"""Commands about who has access: API keys, the list of people, and links that sign somebody in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from adapters.cli.cli import Cli
from adapters.cli.groups import add_group
from adapters.cli.options import Json, Limit, one_of, span
from adapters.cli.output import show, tell, told_plainly
from core.errors import ConfigurationError

if TYPE_CHECKING:
    from core.actor import Reach, Role
    from core.api_key import NewKey

Firms = Annotated[
    list[str] | None, typer.Option("--firm", help="A firm's id; may be given several times. * for all.")
]
KeyId = Annotated[int, typer.Argument(metavar="KEY", help="The key's number; `api-keys list` shows it.")]
_ROLES: Final = "firm-admin, implementation-manager or operator."
_SHOWN_ONCE: Final = "It is shown this once. Who lost it gets another one: casebridge api-keys rotate"


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    _add_keys(app, cli)
    _add_people(app, cli)

    @app.command("sign-in-link")
    def sign_in_link(
        name: Annotated[str | None, typer.Option(help="Whom it signs in; you, unless it is said.")] = None,
        role: Annotated[str | None, typer.Option(help=_ROLES)] = None,
        firms: Firms = None,
        as_json: Json = False,
    ) -> None:
        """Print a link that signs somebody in, once, within half an hour."""
        from core.person import Person, spelled
        from core.usecases.sign_in import LINK_LIFE

        with told_plainly():
            actor = cli.actor()
            person = Person(
                actor.name if name is None else spelled(name),
                actor.role if role is None else _role(role),
                actor.firms if firms is None else _reach(firms),
            )
            link = cli.desk().sign_in.new_link(actor, person)
            minutes = int(LINK_LIFE.total_seconds() / 60)
            hint = f"good once, for {minutes} minutes: it signs in {person.name}, {person.role}"
            data = {"link": link, "minutes": minutes, "name": person.name, "role": person.role}
            tell(data, f"{link}\n{hint}", as_json=as_json)


def _add_keys(app: typer.Typer, cli: Cli) -> None:
    keys = add_group(app, "api-keys")

    @keys.command("add")
    def add_key(
        name: Annotated[str, typer.Argument(metavar="NAME", help="What the program is called.")],
        scopes: Annotated[
            list[str],
            typer.Option("--scope", help="events, look, change, operate or manage; several may be given."),
        ],
        firms: Firms = None,
        days: Annotated[int, typer.Option(min=0, max=3650, help="Good for so long; 0: until revoked.")] = 365,
        as_json: Json = False,
    ) -> None:
        """Make a key. It is printed once; only its digest is kept."""
        from datetime import timedelta

        from core.actor import Power

        with told_plainly():
            if not firms:
                raise ConfigurationError("name the key's firms with --firm; --firm '*' for all")
            powers = frozenset(one_of(Power, scope) for scope in scopes)
            life = timedelta(days=days) if days else None
            made = cli.desk().manage_api_keys.add(cli.actor(), name, powers, _reach(firms), life)
            _tell_key(made, as_json=as_json)

    @keys.command("list")
    def list_keys(
        every: Annotated[bool, typer.Option("--all", help="Also keys that are over.")] = False,
        words: Annotated[str, typer.Option("--find", help="What stands in the name, or a firm's id.")] = "",
        limit: Limit = 100,
        as_json: Json = False,
    ) -> None:
        """List the keys, the newest first. Those of CASEBRIDGE_API_KEYS are not among them."""
        with told_plainly():
            desk = cli.desk()
            now = desk.clock.now()
            found = desk.access.api_keys(cli.actor(), None, limit + 1, with_over=every, words=words)
            rows = [
                {
                    "key": key.key_id,
                    "name": key.name,
                    "begins": key.begins,
                    "state": key.state(now).value,
                    "scopes": sorted(key.scopes),
                    "firms": _firms(key.firms),
                    "expires_at": key.expires_at,
                    "used_at": key.used_at,
                    "made_at": key.made_at,
                    "made_by": key.made_by,
                }
                for key in found.rows
            ]
            columns = ["key", "name", "state", "scopes", "firms", "expires_at", "used_at"]
            more = ["begins", "made_at", "made_by"]
            show(rows, columns, more=more, now=now, as_json=as_json, limit=limit, empty="no keys")

    @keys.command("rotate")
    def rotate_key(
        key_id: KeyId,
        overlap: Annotated[str, typer.Option(help="How long the old key goes on: 30m, 12h, 7d, 0s.")] = "24h",
        as_json: Json = False,
    ) -> None:
        """Make a key in another one's place; both are good for a while."""
        with told_plainly():
            made = cli.desk().manage_api_keys.rotate(cli.actor(), key_id, span(overlap))
            _tell_key(made, as_json=as_json)

    @keys.command("revoke")
    def revoke_key(key_id: KeyId, as_json: Json = False) -> None:
        """Let a key open nothing any more, within seconds."""
        with told_plainly():
            key = cli.desk().manage_api_keys.revoke(cli.actor(), key_id)
            words = f"the key {key_id} ({key.name}) is revoked"
            tell({"key": key_id, "name": key.name, "revoked": True}, words, as_json=as_json)


def _add_people(app: typer.Typer, cli: Cli) -> None:
    people = add_group(app, "people")

    @people.command("add")
    def add_person(
        name: Annotated[
            str, typer.Argument(metavar="PERSON", help="E-mail address, or the provider's subject.")
        ],
        role: Annotated[str, typer.Option(help=_ROLES)],
        firms: Firms = None,
        as_json: Json = False,
    ) -> None:
        """Put somebody on the list, or give another role or other firms; who is signed in signs in anew."""
        from core.person import Person, spelled

        with told_plainly():
            if not firms:
                raise ConfigurationError("name the person's firms with --firm; --firm '*' for all")
            person = Person(spelled(name), _role(role), _reach(firms))
            cli.desk().manage_people.add(cli.actor(), person)
            data = {"person": person.name, "role": person.role, "firms": _firms(person.firms)}
            tell(data, f"{person.name} may sign in as {person.role}", as_json=as_json)

    @people.command("list")
    def list_people(as_json: Json = False) -> None:
        """List those who may sign in by this list."""
        with told_plainly():
            desk = cli.desk()
            rows = [
                {
                    "person": person.name,
                    "role": person.role.value,
                    "firms": _firms(person.firms),
                    "added_at": person.added_at,
                    "added_by": person.added_by,
                }
                for person in desk.access.people(cli.actor())
            ]
            now = desk.clock.now()
            columns = ["person", "role", "firms", "added_at"]
            show(rows, columns, more=["added_by"], now=now, as_json=as_json, empty="nobody is on the list")

    @people.command("remove")
    def remove_person(
        name: Annotated[str, typer.Argument(metavar="PERSON", help="As `people list` shows it.")],
        as_json: Json = False,
    ) -> None:
        """Take somebody off the list, and end that person's sessions."""
        from core.person import spelled

        with told_plainly():
            cli.desk().manage_people.remove(cli.actor(), spelled(name))
            tell(
                {"person": spelled(name), "removed": True},
                f"{name} may not sign in any more",
                as_json=as_json,
            )


def _role(text: str) -> "Role":
    """Return the role that is named, of those that people have. Raises ConfigurationError."""
    from core.actor import PERSONS, Role

    return one_of([role for role in Role if role in PERSONS], text)


def _reach(firms: Sequence[str]) -> "Reach":
    from core.actor import reach_of

    return reach_of(firms)


def _firms(reach: "Reach") -> list[str]:
    from core.actor import ALL_FIRMS, AllFirms

    return [ALL_FIRMS.value] if isinstance(reach, AllFirms) else sorted(reach)


def _tell_key(made: "NewKey", *, as_json: bool) -> None:
    key = made.key
    data: dict[str, Any] = {"key": key.key_id, "name": key.name, "secret": made.secret}
    data |= {"expires_at": key.expires_at}
    until = "until it is revoked" if key.expires_at is None else f"until {key.expires_at:%Y-%m-%d %H:%M} UTC"
    tell(
        data,
        f"{made.secret}\nkey {key.key_id} of {key.name}, good {until}. {_SHOWN_ONCE} {key.key_id}",
        as_json=as_json,
    )
