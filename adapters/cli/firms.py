"""Commands about firms: add, list, show, set, delete."""

from collections.abc import Collection
from pathlib import Path
from shlex import quote
from typing import Annotated, Final

import typer

from adapters.cli import move
from adapters.cli.cli import Cli
from adapters.cli.groups import add_group
from adapters.cli.mapping import areas_from
from adapters.cli.options import FORMS, FirmId, Json, moment, pairs
from adapters.cli.output import print_json, say, show, show_facts, tell, told_plainly
from core.errors import ConfigurationError

_MOST_ISSUES: Final = 20  # of a firm that is shown


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    firms = add_group(app, "firms")
    move.add(firms, cli)

    @firms.command("add")
    def add_firm(
        firm_id: FirmId,
        name: Annotated[str | None, typer.Option(help="The firm's name.")] = None,
        practice_areas: Annotated[
            Path | None,
            typer.Option(help="JSON file: [{name, mappings, stages: [{name, mappings}]}]."),
        ] = None,
        time_zone: Annotated[str | None, typer.Option(help="IANA name, such as America/New_York.")] = None,
        as_json: Json = False,
    ) -> None:
        """Add a firm, or change the named settings of one that exists."""
        from core.firm import Firm
        from core.firm_settings import read_settings

        with told_plainly():
            areas = areas_from(practice_areas) if practice_areas is not None else None
            given = {"name": name, "time_zone": time_zone}
            changes = read_settings({key: text for key, text in given.items() if text is not None})
            desk, actor = cli.desk(), cli.actor()
            if desk.firms.find(actor, firm_id) is None:
                desk.add_firm(actor, Firm(firm_id, name or firm_id))
            firm = desk.change_settings.plain(actor, firm_id, changes).firm
            if areas is not None:
                firm = desk.change_settings.practice_areas(actor, firm_id, areas).firm
            data = {"firm_id": firm_id, "practice_areas": len(firm.practice_areas.areas)}
            tell(data, f"firm {firm_id} is stored", as_json=as_json)

    @firms.command("set")
    def set_firm(
        firm_id: FirmId,
        settings: Annotated[
            list[str], typer.Argument(metavar="NAME=VALUE…", help="`firms settings` lists the names.")
        ],
        as_json: Json = False,
    ) -> None:
        """Change settings of a firm; `firms settings` explains them."""
        from core.firm_settings import read_settings

        with told_plainly():
            changes = read_settings(pairs(settings, "nightly_sync=no"))
            saved = cli.desk().change_settings.plain(cli.actor(), firm_id, changes)
            words = f"firm {firm_id} is changed" if saved.changed else "nothing differs from what is saved"
            tell({"firm_id": firm_id, "changed": saved.changed}, words, as_json=as_json)

    @firms.command("settings")
    def explain_settings(
        firm_id: Annotated[str | None, typer.Argument(metavar="FIRM", help="Show its values.")] = None,
        as_json: Json = False,
    ) -> None:
        """Explain the settings that `firms set` takes."""
        from core.firm import Firm
        from core.firm_settings import SETTINGS

        with told_plainly():
            firm = cli.desk().firms.get(cli.actor(), firm_id) if firm_id is not None else Firm("", "")
            rows = [
                {"setting": key, "value": getattr(firm, key), "what": s.what, "takes": s.takes}
                for key, s in SETTINGS.items()
            ]
            show(rows, ["setting", "value", "what"], below=["takes"], as_json=as_json, empty="")

    @firms.command("list")
    def list_firms(as_json: Json = False) -> None:
        """List the firms and where their connections stand."""
        with told_plainly():
            from adapters.cli.firm_words import row_of
            from core.actor import AllFirms

            now = cli.desk().clock.now()
            actor = cli.actor()
            rows = [row_of(firm, now) for firm in cli.desk().firms.all(actor)]
            columns = ["firm_id", "name", "connection"]
            show(rows, columns, more=list(rows[0]) if rows else (), as_json=as_json, empty="no firms yet")
            if not isinstance(actor.firms, AllFirms):
                _must_be_here(actor.firms, [row["firm_id"] for row in rows])

    @firms.command("show")
    def show_firm(firm_id: FirmId, as_json: Json = False) -> None:
        """Show one firm with its settings, practice areas and open issues."""
        from adapters.cli.firm_words import areas_in_lines, firm_data, firm_facts
        from adapters.cli.issue_words import said_of_issue

        with told_plainly():
            desk, actor = cli.desk(), cli.actor()
            firm = desk.firms.get(actor, firm_id)
            issues = [said_of_issue(i) for i in desk.records.issues(actor, firm_id, with_muted=False)]
            standing, now = desk.show_connection(actor, firm_id), desk.clock.now()
            night = desk.next_night(actor, firm_id)
            if as_json:
                print_json({**firm_data(firm, standing, night, now), "issues": issues})
                return
            show_facts(firm_facts(firm, standing, night, now), now)
            say("\n".join(["", "practice areas and their stages:", *areas_in_lines(firm)]))
            typer.echo("\nopen issues:")
            columns = ["kind", "key", "times", "last_seen_at"]
            advice = ("kind", "next_step")
            first = issues[:_MOST_ISSUES]
            show(first, columns, below=["message"], advice=advice, now=now, as_json=False, empty="none")
            if more := len(issues) - len(first):
                say(f"and {more:,} more: casebridge issues list --firm {quote(firm_id)}")

    @firms.command("pause")
    def pause_firm(
        firm_id: FirmId,
        until: Annotated[str, typer.Option(help=f"When it ends by itself: {FORMS}.")],
        why: Annotated[str, typer.Option(help="The reason; it stands in the audit log.")],
        as_json: Json = False,
    ) -> None:
        """Stop a firm's deliveries and imports for a while; what comes in waits."""
        with told_plainly():
            desk = cli.desk()
            end = moment(until, desk.clock.now(), ahead=True)
            pause = desk.pause_firm(cli.actor(), firm_id, end, why)
            data = {"firm_id": firm_id, "paused_until": pause.until, "by": pause.by, "why": pause.why}
            tell(data, f"firm {firm_id} is {pause}", as_json=as_json)

    @firms.command("resume")
    def resume_firm(firm_id: FirmId, as_json: Json = False) -> None:
        """Lift a firm's pause, whoever wished it: what waits goes on at once."""
        with told_plainly():
            lifted = cli.desk().resume_firm(cli.actor(), firm_id)
            data = {"firm_id": firm_id, "resumed": lifted is not None, "pause": lifted and str(lifted)}
            words = (
                f"firm {firm_id} is not paused; what was set aside after tries that failed has its turn"
                if lifted is None
                else f"firm {firm_id} goes on. It was {lifted}"
            )
            tell(data, words, as_json=as_json)

    @firms.command("delete")
    def delete_firm(
        firm_id: FirmId,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        as_json: Json = False,
    ) -> None:
        """Delete a disconnected firm with all its data; only the audit log stays."""
        with told_plainly():
            desk, actor = cli.desk(), cli.actor()
            desk.firms.get(actor, firm_id)
            if not yes and typer.prompt(f"This cannot be undone. Type {firm_id} to delete it") != firm_id:
                raise ConfigurationError("nothing was deleted")
            desk.delete_firm(actor, firm_id)
            words = f"firm {firm_id} and its data are deleted"
            tell({"firm_id": firm_id, "deleted": True}, words, as_json=as_json)


def _must_be_here(named: Collection[str], here: Collection[str]) -> None:
    """Raise ConfigurationError where a firm that somebody is to be for is not there: a slip hides it all."""
    if missing := sorted(set(named) - set(here)):
        told = ", ".join(missing)
        raise ConfigurationError(f"CASEBRIDGE_OPERATOR_FIRMS names {told}: no such firm is here")
