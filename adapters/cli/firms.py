"""Commands about firms: add, list, show, connect, sync."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.output import print_json, show, told_plainly
from adapters.cli.services import Services
from core.errors import ConfigurationError, UnknownFirmError
from core.firm import Firm
from core.ports.credentials import PasswordCredentials
from core.run import Trigger
from core.stage import PracticeAreas

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_FirmId = Annotated[str, typer.Argument(metavar="FIRM", help="The firm's id.")]


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    firms = typer.Typer(help="Firms and their settings.", no_args_is_help=True)
    sync = typer.Typer(help="Start a sync by hand.", no_args_is_help=True)
    app.add_typer(firms, name="firms")
    app.add_typer(sync, name="sync")

    @firms.command("add")
    def add_firm(
        firm_id: _FirmId,
        name: Annotated[str | None, typer.Option(help="The firm's name.")] = None,
        practice_areas: Annotated[
            Path | None,
            typer.Option(help="JSON file: [{name, mappings, stages: [{name, mappings}]}]."),
        ] = None,
        time_zone: Annotated[str | None, typer.Option(help="IANA name, such as America/New_York.")] = None,
        as_json: _Json = False,
    ) -> None:
        """Add a firm, or change the named settings of one that exists."""
        with told_plainly():
            known = _find(services, firm_id) or Firm(firm_id, name or firm_id)
            areas = known.practice_areas if practice_areas is None else _areas(practice_areas)
            firm = replace(
                known,
                name=name or known.name,
                practice_areas=areas,
                time_zone=_zone(time_zone or known.time_zone),
            )
            services.connect_firm.add(firm)
            _tell(
                as_json, {"firm_id": firm_id, "practice_areas": len(areas.areas)}, f"firm {firm_id} is stored"
            )

    @firms.command("list")
    def list_firms(as_json: _Json = False) -> None:
        """List the firms and where their connections stand."""
        with told_plainly(), services.units_of_work() as uow:
            rows = [_row(firm) for firm in uow.firms.all()]
            show(rows, ["firm_id", "name", "connection", "sync_mode"], as_json=as_json, empty="no firms yet")

    @firms.command("show")
    def show_firm(firm_id: _FirmId, as_json: _Json = False) -> None:
        """Show one firm with its settings and open issues."""
        with told_plainly(), services.units_of_work() as uow:
            firm = _require(uow.firms.get(firm_id), firm_id)
            issues = [
                {"kind": i.kind, "times": i.times, "message": i.message}
                for i in uow.issues.list_open(firm_id)
            ]
            details = {**_row(firm), "practice_areas": firm.practice_areas.to_data(), "issues": issues}
            if as_json:
                print_json(details)
            else:
                show(
                    [{"setting": k, "value": v} for k, v in details.items()],
                    ["setting", "value"],
                    as_json=False,
                    empty="",
                )

    @app.command()
    def connect(
        firm_id: _FirmId,
        url: Annotated[str, typer.Option(help="Host or base URL of the firm's SmartAdvocate.")],
        username: Annotated[str, typer.Option(help="A SmartAdvocate user that stays active.")],
        password: Annotated[
            str,
            typer.Option(
                envvar="CASEBRIDGE_CONNECT_PASSWORD", prompt=True, hide_input=True, help="Asked for."
            ),
        ],
        as_json: _Json = False,
    ) -> None:
        """Connect a firm to its SmartAdvocate by user name and password."""
        with told_plainly():
            credentials = PasswordCredentials(username, password)
            firm = replace(_require(_find(services, firm_id), firm_id), base_url=services.base_url(url))
            services.log_in(firm, credentials)
            services.connect_firm.connect(firm, credentials)
            _tell(as_json, {"firm_id": firm_id, "connection": "connected"}, f"firm {firm_id} is connected")

    @sync.command("cases")
    def sync_cases(
        firm_id: _FirmId,
        full: Annotated[bool, typer.Option("--full", help="Ten years again, not thirty days.")] = False,
        as_json: _Json = False,
    ) -> None:
        """Start a run over the firm's cases, or join the one under way."""
        with told_plainly():
            firm = _require(_find(services, firm_id), firm_id)
            run, new = services.start_sync(firm, Trigger.RESET if full else Trigger.MANUAL)
            state = "started" if new else "is under way already"
            _tell(
                as_json,
                {"run_id": run.run_id, "new": new},
                f"run {run.run_id} {state}: casebridge runs show {run.run_id}",
            )


def _find(services: Services, firm_id: str) -> Firm | None:
    with services.units_of_work() as uow:
        return uow.firms.get(firm_id)


def _require(firm: Firm | None, firm_id: str) -> Firm:
    if firm is None:
        raise UnknownFirmError(f"there is no firm {firm_id!r}; 'casebridge firms list' shows the known ones")
    return firm


def _areas(path: Path) -> PracticeAreas:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ConfigurationError(f"{path} is not JSON in UTF-8") from None
    if not isinstance(data, list):
        raise ConfigurationError(f"{path} must hold a list of practice areas")
    return PracticeAreas.from_data(data)


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigurationError(f"{name!r} is no IANA time zone; an example is America/New_York") from None
    return name


def _row(firm: Firm) -> dict[str, Any]:
    return {
        "firm_id": firm.firm_id,
        "name": firm.name,
        "connection": firm.connection,
        "sync_mode": firm.sync_mode,
        "nightly_sync": firm.nightly_sync,
        "time_zone": firm.time_zone,
        "smartadvocate": firm.base_url,
        "paused_until": firm.paused_until,
        "first_synced_at": firm.first_synced_at,
    }


def _tell(as_json: bool, data: dict[str, Any], sentence: str) -> None:
    print_json(data) if as_json else typer.echo(sentence)
